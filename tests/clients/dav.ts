// A phone's sync by tsdav, which knows nothing of this server: `dav URL USERNAME PASSWORD`.

import assert from "node:assert/strict";
import { argv } from "node:process";

import { type DAVAddressBook, DAVClient, type DAVVCard } from "tsdav";

const [, , serverUrl, username, password] = argv;
assert(serverUrl && username && password);

const client = new DAVClient({
  serverUrl,
  credentials: { username, password },
  authMethod: "Basic",
  defaultAccountType: "carddav",
});

function card(uid: string, name: string): string {
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${uid}\r\nFN:${name}\r\nN:;${name};;;\r\nX-PLANET:Venus\r\nEND:VCARD`; // tsdav trims what it reads
}

async function onlyBook(): Promise<DAVAddressBook> {
  await client.login();
  const books = await client.fetchAddressBooks();
  assert.equal(books.length, 1);
  const [book] = books;
  assert(book?.syncToken && book.ctag);
  assert.equal(book.displayName, "Contacts");
  assert(book.reports?.includes("syncCollection") && book.reports.includes("addressbookMultiget"));
  return book;
}

async function write(book: DAVAddressBook): Promise<DAVVCard> {
  for (const [filename, name] of [["one.vcf", "Ada"], ["two and more.vcf", "Grace"]] as const) {
    const made = await client.createVCard({ addressBook: book, filename, vCardString: card(filename, name) });
    assert.equal(made.status, 201);
    assert(made.headers.get("etag"));
  }
  const cards = await client.fetchVCards({ addressBook: book });
  assert.deepEqual(cards.map((each) => each.data).sort(), [card("one.vcf", "Ada"), card("two and more.vcf", "Grace")]);
  const first = cards.find((each) => each.data.includes("FN:Ada"));
  assert(first);
  return first;
}

async function edit(book: DAVAddressBook, first: DAVVCard): Promise<void> {
  const changed = await client.updateVCard({ vCard: { ...first, data: card("one.vcf", "Ada Lovelace") } });
  assert.equal(changed.status, 204);
  const late = await client.updateVCard({ vCard: { ...first, data: card("one.vcf", "Nobody") } });
  assert.equal(late.status, 412);
  const collection = { ...book, objects: [], objectMultiGet: client.addressBookMultiGet.bind(client) };
  const synced = await client.smartCollectionSync({ collection, method: "webdav" });
  assert.equal(synced.objects?.length, 2);
  assert.notEqual(synced.syncToken, book.syncToken);
  const [delta] = await client.syncCollection({
    url: book.url,
    props: { "d:getetag": {} },
    syncLevel: 1,
    syncToken: synced.syncToken ?? "",
  });
  assert.equal(delta?.status, 207);
}

async function remove(book: DAVAddressBook): Promise<void> {
  const cards = await client.fetchVCards({ addressBook: book });
  assert(cards.some((each) => each.data === card("one.vcf", "Ada Lovelace")));
  for (const each of cards) {
    assert.equal((await client.deleteVCard({ vCard: each })).status, 204);
  }
  assert.deepEqual(await client.fetchVCards({ addressBook: book }), []);
}

const book = await onlyBook();
await edit(book, await write(book));
await remove(book);
