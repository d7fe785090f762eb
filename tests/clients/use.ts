// A small app on the types by openapi-typescript: `use URL` registers, `use URL TOKEN` does the rest.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { argv } from "node:process";

import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./contacts.js";

type TokenPair = components["schemas"]["TokenPair"];

const PASSWORD = "notes on the analytical engine";

async function register(client: Client<paths>): Promise<void> {
  const person = { username: "ada", email: "ada@example.org", password: PASSWORD };
  const { data: user, error } = await client.POST("/api/v1/auth/register", { body: person });
  assert(user, error?.detail);
  assert(!user.email_verified);
}

async function signIn(client: Client<paths>, token: string): Promise<TokenPair> {
  const { data: user } = await client.POST("/api/v1/auth/verify-email", { body: { token } });
  assert(user?.email_verified);
  const { data: pair, error } = await client.POST("/api/v1/auth/login", { body: { username: "ada", password: PASSWORD } });
  assert(pair, error?.detail);
  return pair;
}

async function synchronise(client: Client<paths>): Promise<void> {
  const id = randomUUID();
  const { response: created } = await client.POST("/api/v1/contacts", { body: { id, first_name: "Mary" } });
  assert.equal(created.status, 201);
  const { data: first } = await client.GET("/api/v1/contacts/changes");
  assert.deepEqual(first?.changed.map((contact) => [contact.id, contact.first_name]), [[id, "Mary"]]);

  const deletion = { op: "delete", id, if_revision: first?.changed[0]?.revision } as const;
  const { data: done } = await client.POST("/api/v1/contacts/batch", { body: { operations: [deletion] } });
  assert.deepEqual(done?.results.map((result) => result.status), [204]);
  const query = { since: first?.sync_token };
  const { data: second } = await client.GET("/api/v1/contacts/changes", { params: { query } });
  assert.deepEqual([second?.changed, second?.deleted], [[], [id]]);

  const { error: gone } = await client.GET("/api/v1/contacts/{contact_id}", { params: { path: { contact_id: id } } });
  assert.equal(gone?.type, "/problems/not-found");
}

const [, , baseUrl, token] = argv;
const stranger = createClient<paths>({ baseUrl });
if (token) {
  const pair = await signIn(stranger, token);
  await synchronise(createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${pair.access_token}` } }));
} else {
  await register(stranger);
}
