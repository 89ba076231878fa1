// Lists over the whole workspace: search, latest, trash.

import { badge, fileUrl, icon, make, reconcile, size } from "./draw.js";

export const LISTS = {
  latest: { title: "Latest", none: "Nothing has been added yet.", when: (item) => item.created },
  trash: { title: "Trash", none: "The trash is empty.", when: (item) => item.edited },
  search: { title: "Search", none: "Nothing here is called like that.", when: (item) => item.created },
};

/** Where an item of a list can be seen: its page, or its block there; what is in the trash is on no page. */
function hrefOf(item) {
  if (item.head) return `#/${item.id}`;
  if (!item.page) return null;
  return item.in_trash ? `#/${item.page.id}` : `#/${item.page.id}/${item.id}`;
}

function what(item) {
  if (item.head) {
    const sign = make("span", { class: "glyph" }, icon(item.head.icon, item.head.kind === "database" ? "table" : "page"));
    return [sign, make("a", { class: "row-title", href: hrefOf(item) }, item.head.title || "Untitled")];
  }
  const name = item.file?.name ?? (item.text || item.type.replaceAll("_", " "));
  return [item.file ? badge(item.file) : null, make("a", { class: "row-title", href: hrefOf(item) }, name)];
}

function line(item, when) {
  const at = new Date(when(item) * 1000);
  const bytes = item.file && item.file.kind !== "link" ? size(item.file.size) : "";
  const get = item.file && item.file.kind !== "link" ? make("a", { href: fileUrl(item.file, { download: true }), download: item.file.name }, "Download") : "";
  return make(
    "tr",
    {},
    make("td", {}, make("div", { class: "what" }, ...what(item))),
    make("td", {}, item.page ? make("a", { href: `#/${item.page.id}` }, item.page.title || "Untitled") : ""),
    make("td", { class: "number" }, bytes),
    make("td", { class: "tight" }, make("time", { datetime: at.toISOString() }, at.toLocaleString())),
    make("td", { class: "tight" }, get),
  );
}

/** The frame of a list. */
export function listSheet(title) {
  const body = make("tbody");
  const heads = ["Name", "Page", "Size", "When", ""].map((name) => make("th", { scope: "col" }, name));
  const table = make("table", { class: "db", "aria-label": title }, make("thead", {}, make("tr", {}, ...heads)), body);
  const parts = {
    title: make("h1", { class: "title" }, title),
    lede: make("p", { class: "lede", role: "status" }),
    scroller: make("div", { class: "scroller" }, table),
    body,
  };
  parts.sheet = make("article", { class: "sheet wide" }, parts.title, parts.lede, parts.scroller);
  return parts;
}

/** Fill it. */
export function fillList(parts, kind, view) {
  const { none, when } = LISTS[kind];
  parts.scroller.hidden = !view.items.length;
  parts.lede.textContent = view.items.length ? `${view.more ? "the first " : ""}${view.items.length} ${view.items.length === 1 ? "entry" : "entries"}` : none;
  reconcile(
    parts.body,
    view.items.map((item) => ({ key: item.id + JSON.stringify(item), build: () => line(item, when) })),
  );
}
