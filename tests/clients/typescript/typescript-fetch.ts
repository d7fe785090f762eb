// A small app on the client by openapi-generator: `URL NAME` registers, `URL NAME TOKEN` does the rest.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { argv } from "node:process";

import {
  AuthApi, BatchOperationOpEnum, BookApi, Configuration, ContactsApi, ExchangeApi, ExportContactsFormatEnum,
  ProblemFromJSON, ProblemType, ResponseError, UsersApi, type Problem, type TokenPair,
} from "./client";

const PASSWORD = "notes on the analytical engine";
const CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Caroline Herschel\r\nN:Herschel;Caroline;;;\r\nEND:VCARD\r\n";

async function register(basePath: string, username: string): Promise<void> {
  const person = { username, email: `${username}@example.org`, password: PASSWORD };
  const user = await new AuthApi(new Configuration({ basePath })).registerAccount({ registration: person });
  assert(!user.emailVerified);
}

async function signIn(basePath: string, username: string, token: string): Promise<TokenPair> {
  const stranger = new AuthApi(new Configuration({ basePath }));
  const user = await stranger.verifyEmail({ mailedToken: { token } });
  assert(user.emailVerified);
  const first = await stranger.signIn({ signInCredentials: { username, password: PASSWORD } });
  const headers = { Authorization: `Bearer ${first.accessToken}` };
  const beside = new AuthApi(new Configuration({ basePath, headers }));
  return await beside.refreshTokens({ refreshTokenBody: { refreshToken: first.refreshToken } });
}

async function write(contacts: ContactsApi): Promise<string> {
  const id = randomUUID();
  const mary = { id, firstName: "Mary", birthday: "1780-12-26", labels: ["science"] };
  const created = await contacts.createContactRaw({ contactCreation: mary });
  assert.equal(created.raw.status, 201);
  const ifMatch = created.raw.headers.get("ETag") ?? undefined;
  assert(ifMatch);
  const changed = await contacts.changeContact({ contactId: id, ifMatch, contactChange: { lastName: "Somerville" } });
  assert.deepEqual([changed.firstName, changed.birthday, changed.labels], ["Mary", "1780-12-26", ["science"]]);
  const late = contacts.changeContact({ contactId: id, ifMatch, contactChange: { lastName: "Fairfax" } });
  const problem = await refused(late, ProblemType.PRECONDITION_FAILED);
  assert.equal(problem.current?.lastName, "Somerville");
  const cleared = await contacts.changeContact({ contactId: id, contactChange: { birthday: null } });
  assert.deepEqual([cleared.birthday ?? null, cleared.lastName], [null, "Somerville"]);
  return id;
}

async function synchronise(book: BookApi, id: string): Promise<void> {
  const first = await book.listChanges();
  assert.deepEqual(first.changed.map((contact) => contact.id), [id]);
  const deletion = { op: BatchOperationOpEnum.DELETE, id, ifRevision: first.changed[0].revision };
  const done = await book.applyBatch({ contactBatch: { operations: [deletion] } });
  assert.deepEqual(done.results.map((result) => result.status), [204]);
  const second = await book.listChanges({ since: first.syncToken });
  assert.deepEqual([second.changed, second.deleted], [[], [id]]);
}

async function exchange(files: ExchangeApi): Promise<void> {
  const body = new Blob([CARD], { type: "text/vcard" });
  assert.equal((await files.importContacts({ body })).created, 1);
  assert.equal((await files.importContacts({ body })).unchanged, 1);
  for (const format of [ExportContactsFormatEnum.VCARD, ExportContactsFormatEnum.CSV, ExportContactsFormatEnum.JSON]) {
    assert.match(await (await files.exportContacts({ format })).text(), /Herschel/);
  }
}

async function sendPhoto(contacts: ContactsApi): Promise<void> {
  const { id } = await contacts.createContact({ contactCreation: { firstName: "Ada" } });
  const file = new File([readFileSync("docs/portrait.jpg")], "portrait.jpg", { type: "image/jpeg" });
  const shown = await contacts.setContactPhoto({ contactId: id, file });
  assert(shown.photoUrl);
  assert.equal((await contacts.getContact({ contactId: id })).photoUrl, shown.photoUrl);
}

async function refused(call: Promise<unknown>, type: ProblemType): Promise<Problem> {
  const refusal = await call.then(() => undefined, (error: unknown) => error);
  if (!(refusal instanceof ResponseError)) throw refusal;
  const problem = ProblemFromJSON(await refusal.response.json());
  assert.equal(problem.type, type);
  return problem;
}

async function use(basePath: string, pair: TokenPair): Promise<void> {
  const configuration = new Configuration({ basePath, accessToken: pair.accessToken });
  const contacts = new ContactsApi(configuration);
  await synchronise(new BookApi(configuration), await write(contacts));
  await exchange(new ExchangeApi(configuration));
  await sendPhoto(contacts);
  await new AuthApi(configuration).signOut({ refreshTokenBody: { refreshToken: pair.refreshToken } });
  await refused(new UsersApi(configuration).getProfile(), ProblemType.SESSION_REVOKED);
}

async function main(url = "", name = "", token = ""): Promise<void> {
  if (token) await use(url, await signIn(url, name, token));
  else await register(url, name);
}

void main(...argv.slice(2));
