// Blocks as a person sees them, one function a kind.

import { badge, fileUrl, icon, make, outward, rich, safeHref, size } from "./draw.js";
import { databaseTable } from "./tables.js";

const HEADINGS = { heading_1: "h2", heading_2: "h3", heading_3: "h4", heading_4: "h5" };

/** A list of blocks; numbered items count on while they follow each other. */
export function blockItems(blocks) {
  let number = 0;
  return blocks.map((block) => {
    number = block.type === "numbered_list_item" ? number + 1 : 0;
    const place = number;
    return { key: `${block.id}:${place}:${JSON.stringify(block)}`, build: () => drawBlock(block, place) };
  });
}

function drawAll(blocks) {
  return blockItems(blocks ?? []).map((item) => item.build());
}

function drawBlock(block, number) {
  const draw = KINDS[block.type] ?? (block.text ? paragraph : unknown);
  return make("div", { class: `block is-${block.type}`, id: `block-${block.id}` }, ...draw(block, number));
}

function below(block) {
  return block.children?.length ? [make("div", { class: "inner" }, ...drawAll(block.children))] : [];
}

function words(block) {
  return make("div", { class: "text" }, ...rich(block.text));
}

function paragraph(block) {
  return [words(block), ...below(block)];
}

function heading(block) {
  return [make(HEADINGS[block.type], {}, ...rich(block.text)), ...below(block)];
}

function listItem(lead) {
  return (block, number) => [
    make("div", { class: "row" }, make("div", { class: "lead" }, lead(block, number)), make("div", { class: "body" }, words(block))),
    ...below(block),
  ];
}

function todo(block) {
  const box = make("input", { type: "checkbox", disabled: true, checked: block.checked, "aria-label": "done" });
  const text = make("div", { class: `body text ${block.checked ? "done" : ""}` }, ...rich(block.text));
  return [make("div", { class: "row" }, make("div", { class: "lead" }, box), text), ...below(block)];
}

function toggle(block) {
  return [make("details", { open: true }, make("summary", {}, ...rich(block.text)), ...below(block))];
}

function callout(block) {
  const body = make("div", {}, words(block), ...drawAll(block.children));
  return [make("div", { class: "callout" }, make("div", {}, icon(block.icon, "bulb")), body)];
}

function code(block) {
  return [make("pre", {}, make("code", {}, ...rich(block.text))), ...captionOf(block)];
}

function captionOf(block) {
  return block.caption ? [make("figcaption", {}, ...rich(block.caption))] : [];
}

function under(file) {
  return make(
    "div",
    { class: "under" },
    make("span", { class: "grow" }, file.name),
    make("span", {}, size(file.size)),
    make("a", { href: fileUrl(file, { download: true }), download: file.name }, "Download"),
  );
}

const PLAYERS = {
  image: (file) => make("img", { class: "picture", src: fileUrl(file), alt: file.name, loading: "lazy" }),
  video: (file) => make("video", { src: fileUrl(file), controls: true, preload: "metadata", "aria-label": file.name }),
  audio: (file) => make("audio", { src: fileUrl(file), controls: true, preload: "metadata", "aria-label": file.name }),
  pdf: (file) => make("iframe", { src: `${fileUrl(file)}#navpanes=0&view=FitH`, title: file.name, loading: "lazy" }),
};

/** An image, a video, a sound, a PDF: shown in place, with its name, size and download below; else as a card. */
function media(block) {
  const file = block.file;
  if (file.kind === "link") return [fileRow(file), ...captionOf(block)];
  const player = PLAYERS[block.type](file);
  const figure = make("figure", {}, player, under(file), ...captionOf(block));
  const card = () => figure.replaceChildren(fileRow(file), ...captionOf(block));
  player.addEventListener("error", card);
  // A viewer of PDFs says nothing of a file that is none.
  if (block.type === "pdf") isPdf(file).then((good) => good || card());
  return [figure];
}

async function isPdf(file) {
  try {
    const head = await fetch(fileUrl(file), { headers: { Range: "bytes=0-1023" } });
    return !head.ok || (await head.text()).includes("%PDF-");
  } catch {
    return true; // it is not reachable; the viewer says so
  }
}

function fileRow(file) {
  if (file.kind === "link") {
    const name = outward(file.external, { class: "name" }, file.name);
    return make("div", { class: "file" }, badge(file), name, make("span", { class: "size" }, "external"));
  }
  return make(
    "div",
    { class: "file" },
    badge(file),
    make("a", { class: "name", href: fileUrl(file), target: "_blank", rel: "noopener" }, file.name),
    make("span", { class: "size" }, size(file.size)),
    make("a", { class: "get", href: fileUrl(file, { download: true }), download: file.name }, "Download"),
  );
}

function subpage(block) {
  const label = make("span", { class: block.head.title ? "label" : "label untitled" }, block.head.title || "Untitled");
  return [make("a", { class: "sub", href: `#/${block.id}` }, make("span", { class: "glyph" }, icon(block.head.icon, block.head.kind === "database" ? "table" : "page")), label)];
}

function database(block) {
  const title = make(
    "a",
    { class: "db-title", href: `#/${block.id}` },
    make("span", { class: "glyph" }, icon(block.head.icon, "table")),
    block.head.title || "Untitled",
    make("span", { class: "count" }, String(block.table.total)),
  );
  return [make("h2", { class: "db-head" }, title), databaseTable(block.table, block.head.title || "Untitled")];
}

function simpleTable(block) {
  const rows = block.children.map((row, index) => {
    const cells = (row.cells ?? []).map((cell) => make("td", {}, ...rich(cell)));
    return make("tr", { class: index === 0 && block.has_column_header ? "head" : "" }, ...cells);
  });
  return [make("table", { class: "cells" }, make("tbody", {}, ...rows))];
}

function bookmark(block) {
  const words_ = safeHref(block.url) ?? block.url;
  return [outward(block.url, { class: "bookmark" }, words_), ...captionOf(block)];
}

function unknown(block) {
  return [make("div", { class: "empty" }, block.type.replaceAll("_", " ")), ...below(block)];
}

const KINDS = {
  paragraph,
  ...Object.fromEntries(Object.keys(HEADINGS).map((kind) => [kind, heading])),
  bulleted_list_item: listItem(() => "•"),
  numbered_list_item: listItem((_, number) => `${number}.`),
  to_do: todo,
  toggle,
  quote: (block) => [make("blockquote", {}, words(block), ...drawAll(block.children))],
  callout,
  code,
  equation: (block) => [make("pre", {}, block.expression)],
  divider: () => [make("hr")],
  image: media,
  video: media,
  audio: media,
  pdf: media,
  file: (block) => [fileRow(block.file), ...captionOf(block)],
  child_page: subpage,
  child_database: database,
  table: simpleTable,
  column_list: (block) => [make("div", { class: "columns" }, ...drawAll(block.children))],
  column: (block) => drawAll(block.children),
  synced_block: (block) => drawAll(block.children),
  bookmark,
  embed: (block) => (block.file ? [fileRow(block.file), ...captionOf(block)] : bookmark(block)),
};
