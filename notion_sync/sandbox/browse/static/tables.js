// Databases and the list of uploads as tables.

import { badge, fileUrl, glyph, icon, make, outward, reconcile, size } from "./draw.js";

const SIGNS = {
  files: "clip", date: "calendar", created_time: "calendar", last_edited_time: "calendar", select: "select",
  status: "select", multi_select: "lines", rich_text: "lines", checkbox: "check", url: "link", relation: "link",
};
const LETTERS = { title: "Aa", number: "#", unique_id: "#", email: "@" };

function column(schema) {
  const sign = SIGNS[schema.type] ? glyph(SIGNS[schema.type]) : (LETTERS[schema.type] ?? "·");
  return make("th", { scope: "col" }, make("span", { class: "sign" }, sign), schema.name);
}

/** One value: chips for files, pills for options, words for the rest. */
export function cell(value) {
  if (value.type === "files") return make("div", { class: "chips" }, ...value.files.map(chip));
  if (value.options) {
    return make("div", {}, ...value.options.map((option) => make("span", { class: `option ${option.color}` }, option.name)));
  }
  if (value.type === "url" && value.text) return outward(value.text, {}, value.text);
  return make("span", { class: value.text ? "" : "empty" }, value.text);
}

/** An attachment: a thumbnail for a picture, its name for anything else. */
function chip(file) {
  if (file.kind === "link") return outward(file.external, { class: "chip", title: file.name }, badge(file), make("span", {}, file.name));
  const options = { href: fileUrl(file), target: "_blank", rel: "noopener", title: `${file.name} · ${size(file.size)}` };
  if (file.kind === "image") {
    const picture = make("img", { class: "thumb", src: fileUrl(file), alt: file.name, loading: "lazy" });
    return make("a", options, picture);
  }
  return make("a", { ...options, class: "chip" }, badge(file), make("span", {}, file.name), make("small", {}, size(file.size)));
}

/** A database: its columns and rows, named after it. */
export function databaseTable(table, name) {
  const body = make("tbody");
  fillRows(body, table);
  const head = table.columns.map(column);
  return make("div", { class: "scroller" }, make("table", { class: "db", "aria-label": name }, make("thead", {}, make("tr", {}, ...head)), body));
}

function fillRows(body, table) {
  const items = table.rows.map((row) => ({
    key: row.id + JSON.stringify(row),
    build: () => {
      const cells = row.cells.map((value) => make("td", {}, value.type === "title" ? rowTitle(row, value) : cell(value)));
      return make("tr", {}, ...cells);
    },
  }));
  reconcile(body, items);
}

function rowTitle(row, value) {
  const words = value.text || "Untitled";
  return make("a", { class: value.text ? "row-title" : "row-title untitled", href: `#/${row.id}` }, row.icon ? icon(row.icon) : null, words);
}

/** The uploads of all connections, newest first. */
export function fillUploads(body, uploads, now) {
  const items = uploads.map((upload) => ({
    key: upload.id + JSON.stringify(upload),
    build: () =>
      make(
        "tr",
        {},
        make("td", {}, name(upload)),
        make("td", {}, make("span", { class: `state ${upload.attached ? "attached" : upload.status}` }, upload.attached ? "attached" : upload.status)),
        make("td", { class: "tight" }, parts(upload)),
        make("td", { class: "number" }, size(upload.content_length)),
        make("td", { class: "tight" }, deadline(upload, now)),
        make("td", {}, make("span", { class: "hash", title: upload.sha256 ?? "" }, upload.content_type ?? "")),
      ),
  }));
  reconcile(body, items);
}

function name(upload) {
  const words = upload.filename ?? "not named yet";
  if (!upload.sha256) return make("span", { class: upload.filename ? "" : "empty" }, words);
  const file = { id: upload.id, name: words };
  return make("a", { class: "row-title", href: fileUrl(file), target: "_blank", rel: "noopener" }, words);
}

function parts(upload) {
  if (upload.mode !== "multi_part") return upload.mode === "external_url" ? "import" : "";
  const sent = upload.parts_sent.length;
  const bar = make("progress", { max: String(upload.number_of_parts), value: String(sent) });
  return make("span", {}, bar, ` ${sent} of ${upload.number_of_parts}`);
}

function deadline(upload, now) {
  if (upload.attached || !upload.expiry_time || ["expired", "failed"].includes(upload.status)) return "";
  const minutes = Math.max(0, Math.round((Date.parse(upload.expiry_time) / 1000 - now) / 60));
  return `attach within ${minutes} min`;
}
