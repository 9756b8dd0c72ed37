// mercurius, which compiles a query with graphql-jit when it has been seen once.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { people, typeDefs } from './people.mjs';
import { port, ready } from './told.mjs';

const app = Fastify();
const schema = typeDefs.slice(0, typeDefs.indexOf('type Subscription'));
app.register(mercurius, { schema, resolvers: { Query: { people: () => people } }, jit: 1 });
await app.listen({ port, host: '127.0.0.1' });
ready();
