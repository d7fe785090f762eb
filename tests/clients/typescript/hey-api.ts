// A small app on the client by @hey-api/openapi-ts: `URL NAME` registers, `URL NAME TOKEN` does the rest.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { argv } from "node:process";

import {
  applyBatch, changeContact, createContact, exportContacts, getContact, getProfile, importContacts, listChanges,
  refreshTokens, registerAccount, setContactPhoto, signIn, signOut, verifyEmail, type TokenPair,
} from "./client";
import { createClient, createConfig, type Client } from "./client/client";

const PASSWORD = "notes on the analytical engine";
const CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Caroline Herschel\r\nN:Herschel;Caroline;;;\r\nEND:VCARD\r\n";

function connect(baseUrl: string, auth?: string): Client {
  return createClient(createConfig({ baseUrl, auth }));
}

async function register(url: string, username: string): Promise<void> {
  const body = { username, email: `${username}@example.org`, password: PASSWORD };
  const { data: user } = await registerAccount({ client: connect(url), body, throwOnError: true });
  assert(!user.email_verified);
}

async function open(url: string, username: string, token: string): Promise<TokenPair> {
  const client = connect(url);
  const { data: user } = await verifyEmail({ client, body: { token }, throwOnError: true });
  assert(user.email_verified);
  const { data: first } = await signIn({ client, body: { username, password: PASSWORD }, throwOnError: true });
  const beside = { Authorization: `Bearer ${first.access_token}` };
  const body = { refresh_token: first.refresh_token };
  const { data: pair } = await refreshTokens({ client, body, headers: beside, throwOnError: true });
  return pair;
}

async function write(client: Client): Promise<string> {
  const id = randomUUID();
  const mary = { id, first_name: "Mary", birthday: "1780-12-26", labels: ["science"] };
  const { response } = await createContact({ client, body: mary, throwOnError: true });
  assert.equal(response.status, 201);
  const headers = { "If-Match": response.headers.get("ETag") ?? undefined };
  const one = { client, path: { contact_id: id } };
  const change = { last_name: "Somerville" };
  const { data: changed } = await changeContact({ ...one, headers, body: change, throwOnError: true });
  assert.deepEqual([changed.first_name, changed.birthday, changed.labels], ["Mary", "1780-12-26", ["science"]]);
  const { error: late } = await changeContact({ ...one, headers, body: { last_name: "Fairfax" } });
  assert.equal(late?.type, "/problems/precondition-failed");
  assert.equal(late?.current?.last_name, "Somerville");
  const { data: cleared } = await changeContact({ ...one, body: { birthday: null }, throwOnError: true });
  assert.deepEqual([cleared.birthday, cleared.last_name], [null, "Somerville"]);
  return id;
}

async function synchronise(client: Client, id: string): Promise<void> {
  const { data: first } = await listChanges({ client, throwOnError: true });
  assert.deepEqual(first.changed.map((contact) => contact.id), [id]);
  const deletion = { op: "delete", id, if_revision: first.changed[0]?.revision } as const;
  const { data: done } = await applyBatch({ client, body: { operations: [deletion] }, throwOnError: true });
  assert.deepEqual(done.results.map((result) => result.status), [204]);
  const { data: second } = await listChanges({ client, query: { since: first.sync_token }, throwOnError: true });
  assert.deepEqual([second.changed, second.deleted], [[], [id]]);
}

async function exchange(client: Client): Promise<void> {
  const body = new Blob([CARD], { type: "text/vcard" });
  const { data: imported } = await importContacts({ client, body, throwOnError: true });
  const { data: again } = await importContacts({ client, body, throwOnError: true });
  assert.deepEqual([imported.created, again.unchanged], [1, 1]);
  for (const format of ["vcard", "csv", "json"] as const) {
    const { data: file } = await exportContacts({ client, query: { format }, parseAs: "blob", throwOnError: true });
    assert.match(await file.text(), /Herschel/);
  }
}

async function sendPhoto(client: Client): Promise<void> {
  const { data: ada } = await createContact({ client, body: { first_name: "Ada" }, throwOnError: true });
  const file = new File([readFileSync("docs/portrait.jpg")], "portrait.jpg", { type: "image/jpeg" });
  const path = { contact_id: ada.id };
  const { data: shown } = await setContactPhoto({ client, path, body: { file }, throwOnError: true });
  assert(shown.photo_url);
  const { data: kept } = await getContact({ client, path, throwOnError: true });
  assert.equal(kept.photo_url, shown.photo_url);
}

async function use(url: string, pair: TokenPair): Promise<void> {
  const client = connect(url, pair.access_token);
  await synchronise(client, await write(client));
  await exchange(client);
  await sendPhoto(client);
  await signOut({ client, body: { refresh_token: pair.refresh_token }, throwOnError: true });
  const { error } = await getProfile({ client });
  assert.equal(error?.type, "/problems/session-revoked");
}

async function main(url = "", name = "", token = ""): Promise<void> {
  if (token) await use(url, await open(url, name, token));
  else await register(url, name);
}

void main(...argv.slice(2));
