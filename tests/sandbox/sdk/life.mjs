// A whole life with files, through the official SDK: node life.mjs VERSION, coordinates in the environment.
// Prints what it saw as one line of JSON.

import { Client } from "@notionhq/client";

const { SANDBOX_URL, SANDBOX_TOKEN, SANDBOX_PAGE, SANDBOX_SOURCE, SANDBOX_DATABASE } = process.env;
const notion = new Client({ auth: SANDBOX_TOKEN, baseUrl: SANDBOX_URL, notionVersion: process.argv[2], retry: false });
const seen = {};

const file = (id) => ({ type: "file_upload", file_upload: { id } });
const text = (content) => [{ type: "text", text: { content } }];
const blob = (data, type) => ({ filename: "f", data: new Blob([data], { type }) });

async function single(filename, data) {
  const { id, content_type } = await notion.fileUploads.create({ mode: "single_part", filename });
  return notion.fileUploads.send({ file_upload_id: id, file: blob(data, content_type) });
}

async function multi(filename, sizes) {
  const { id, content_type } = await notion.fileUploads.create({
    mode: "multi_part",
    filename,
    number_of_parts: sizes.length,
  });
  const numbers = sizes.map((_, index) => index + 1).reverse();
  await Promise.all(
    numbers.map((number) =>
      notion.fileUploads.send({
        file_upload_id: id,
        part_number: String(number),
        file: blob(new Uint8Array(sizes[number - 1]).fill(number), content_type),
      }),
    ),
  );
  return notion.fileUploads.complete({ file_upload_id: id });
}

seen.limit = (await notion.users.me({})).bot.workspace_limits.max_file_upload_size_in_bytes;

const image = await single("picture.png", "not really a picture");
const report = await single("report.pdf", "%PDF");
const archive = await multi("archive.zip", [5 * 2 ** 20, 5 * 2 ** 20, 10]);
seen.archive = { status: archive.status, length: archive.content_length, parts: archive.number_of_parts };
seen.retrieved = (await notion.fileUploads.retrieve({ file_upload_id: image.id })).filename;
seen.listed = (await notion.fileUploads.list({ page_size: 2 })).results.map((upload) => upload.filename);

const { results } = await notion.blocks.children.append({
  block_id: SANDBOX_PAGE,
  children: [
    { type: "image", image: { ...file(image.id), caption: text("seen") } },
    { type: "pdf", pdf: file(report.id) },
    { type: "file", file: { ...file(archive.id), name: "named.zip" } },
  ],
});
seen.types = results.map((block) => block.type);
seen.content = await (await fetch(results[0].image.file.url)).text();

const next = await single("next.png", "another");
const updated = await notion.blocks.update({ block_id: results[0].id, image: { file_upload: { id: next.id } } });
seen.kept = { id: updated.id === results[0].id, caption: updated.image.caption[0].plain_text };
seen.deleted = (await notion.blocks.delete({ block_id: results[1].id })).in_trash;
const children = await notion.blocks.children.list({ block_id: SANDBOX_PAGE });
seen.children = children.results.map((block) => block.type).filter((type) => type !== "child_database");

await notion.pages.update({ page_id: SANDBOX_PAGE, icon: file(image.id), cover: file(image.id) });
seen.icon = (await notion.pages.retrieve({ page_id: SANDBOX_PAGE })).icon.type;

const row = await notion.pages.create({
  parent: { data_source_id: SANDBOX_SOURCE },
  properties: { Name: { title: text("A row") }, Attachments: { files: [file(image.id)] } },
});
const kept = (await notion.pages.retrieve({ page_id: row.id })).properties.Attachments;
const files = [...kept.files, { ...file(report.id), name: "second.pdf" }];
await notion.pages.update({ page_id: row.id, properties: { Attachments: { files } } });
const item = await notion.pages.properties.retrieve({ page_id: row.id, property_id: kept.id });
seen.attachments = item.files.map((entry) => entry.name);

const filter = { property: "Name", title: { equals: "A row" } };
seen.queried = (await notion.dataSources.query({ data_source_id: SANDBOX_SOURCE, filter })).results.length;
seen.searched = (await notion.search({ query: "a row" })).results.length;
seen.sources = (await notion.databases.retrieve({ database_id: SANDBOX_DATABASE })).data_sources.length;
console.log(JSON.stringify(seen));
