// What must be refused, through the official SDK: prints {name: [status, code]} as one line of JSON.

import { APIResponseError, Client, LogLevel } from "@notionhq/client";

const { SANDBOX_URL, SANDBOX_TOKEN, SANDBOX_PAGE, SANDBOX_SOURCE } = process.env;
const options = { baseUrl: SANDBOX_URL, notionVersion: process.argv[2], retry: false, logLevel: LogLevel.ERROR };
const notion = new Client({ auth: SANDBOX_TOKEN, ...options });
const nobody = new Client({ auth: "ntn_nobody", ...options });

const unknown = "12345678-1234-4234-8234-123456789abc";
const file = (id) => ({ type: "file_upload", file_upload: { id } });
const paragraph = { paragraph: { rich_text: [{ text: { content: "x" } }] } };
const append = (...children) => notion.blocks.children.append({ block_id: SANDBOX_PAGE, children });
const row = (properties) => notion.pages.create({ parent: { data_source_id: SANDBOX_SOURCE }, properties });

const pending = await notion.fileUploads.create({ filename: "a.png" });
const sound = await notion.fileUploads.create({ filename: "a.wav" });
await notion.fileUploads.send({
  file_upload_id: sound.id,
  file: { filename: "a.wav", data: new Blob(["x"], { type: sound.content_type }) },
});

const cases = {
  token: () => nobody.users.me({}),
  url: () => notion.comments.list({ block_id: SANDBOX_PAGE }),
  uuid: () => notion.blocks.retrieve({ block_id: "AAA" }),
  page: () => notion.pages.retrieve({ page_id: unknown }),
  upload: () => notion.fileUploads.retrieve({ file_upload_id: unknown }),
  attach_unknown: () => append({ image: file(unknown) }),
  attach_pending: () => append({ image: file(pending.id) }),
  attach_misfit: () => append({ image: file(sound.id) }),
  image_name: () => append({ image: { ...file(sound.id), name: "n" } }),
  long_name: () => append({ file: { ...file(sound.id), name: "n".repeat(101) } }),
  too_many: () => append(...Array(101).fill(paragraph)),
  long_text: () => append({ paragraph: { rich_text: [{ text: { content: "x".repeat(2001) } }] } }),
  extension: () => notion.fileUploads.create({ filename: "a.exe" }),
  type: () => notion.fileUploads.create({ content_type: "audio/x-wav" }),
  send_type: () =>
    notion.fileUploads.send({
      file_upload_id: pending.id,
      file: { filename: "a.png", data: new Blob(["x"], { type: "image/gif" }) },
    }),
  send_twice: () =>
    notion.fileUploads.send({
      file_upload_id: sound.id,
      file: { filename: "a.wav", data: new Blob(["x"], { type: "audio/wav" }) },
    }),
  complete_single: () => notion.fileUploads.complete({ file_upload_id: pending.id }),
  unknown_property: () => row({ Nope: { checkbox: true } }),
  wrong_kind: () => row({ Status: { checkbox: true } }),
};

const seen = {};
for (const [name, run] of Object.entries(cases)) {
  try {
    await run();
    seen[name] = "accepted";
  } catch (error) {
    seen[name] = APIResponseError.isAPIResponseError?.(error) || error.status ? [error.status, error.code] : String(error);
  }
}
console.log(JSON.stringify(seen));
