// 50 rows of 8 columns, the same in every server that is asked for a list.
export const people = Array.from({ length: 50 }, (_, i) => ({
  id: `01a1fb90-0000-7000-8000-${String(i).padStart(12, '0')}`,
  name: `instance ${i}`,
  state: 'RUNNING',
  memoryBytes: 134217728 + i,
  cpuMillis: 500,
  suspended: i % 2 === 0,
  revision: i,
  createdAt: '2026-11-20T12:00:00Z',
}));

export const typeDefs = /* GraphQL */ `
  type Person {
    id: ID!
    name: String!
    state: String!
    memoryBytes: Float!
    cpuMillis: Int!
    suspended: Boolean!
    revision: Int!
    createdAt: String!
  }
  type Event {
    id: ID!
    name: String!
    state: String!
    revision: Int!
    memoryBytes: Float!
  }
  type Query {
    people: [Person!]!
  }
  type Subscription {
    changed(id: ID!): Event!
  }
`;

let revision = 0;

export function nextEvent() {
  revision += 1;
  return { id: 'one', name: 'instance', state: 'RUNNING', revision, memoryBytes: 67108864 };
}
