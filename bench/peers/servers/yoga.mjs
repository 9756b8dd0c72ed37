// graphql-yoga with graphql-ws for its subscriptions, as its documentation puts them together.
import { createServer } from 'node:http';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { nextEvent, people, typeDefs } from './people.mjs';
import { port, ready, told } from './told.mjs';

const pubSub = createPubSub();
const yoga = createYoga({
  logging: false,
  graphiql: false,
  schema: createSchema({
    typeDefs,
    resolvers: {
      Query: { people: () => people },
      Subscription: { changed: { subscribe: () => pubSub.subscribe('changed'), resolve: (event) => event } },
    },
  }),
});
const server = createServer(yoga);
const sockets = new WebSocketServer({ server, path: '/graphql' });
useServer(
  {
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    onSubscribe: async (context, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...context,
        req: context.extra.request,
        socket: context.extra.socket,
        params,
      });
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      };
      const errors = validate(args.schema, args.document);
      return errors.length ? errors : args;
    },
  },
  sockets,
);
told(() => pubSub.publish('changed', nextEvent()));
server.listen(port, '127.0.0.1', ready);
