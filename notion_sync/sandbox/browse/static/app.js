// The browse page: which view is shown, and how it follows what happens.

import { blockItems } from "./blocks.js";
import { HERE, fileUrl, glyph, icon, make, reconcile, size } from "./draw.js";
import { cell, databaseTable, fillUploads } from "./tables.js";

const STEP = 200;
const byId = (id) => document.getElementById(id);
const main = byId("main");

let home = null; // the page at the top of the workspace
let shown = null; // what is drawn: {where, parts}
let count = STEP; // how many blocks or rows are asked for
let asked = 0; // numbers requests, so that a late answer is dropped

async function get(path) {
  const response = await fetch(`${HERE}/data/${path}`);
  return response.ok ? response.json() : null;
}

function place() {
  return location.hash.replace(/^#\/?/, "") || home;
}

async function draw() {
  const mine = (asked += 1);
  const tree = await get("tree");
  home = tree.home;
  const where = place();
  const view = await get(where === "uploads" ? where : `page/${encodeURIComponent(where)}?count=${count}`);
  if (mine !== asked) return;
  drawTree(tree, where);
  if (shown?.where !== where) start(where);
  if (where === "uploads") drawUploads(view);
  else if (view) drawPage(view);
  else drawNothing();
}

/** An empty stage for another view. */
function start(where) {
  main.replaceChildren();
  main.scrollTop = 0;
  shown = { where, parts: null };
  document.body.classList.remove("menu");
  byId("menu").setAttribute("aria-expanded", "false");
  byId("shade").hidden = true;
}

function drawTree(tree, where) {
  byId("workspace").textContent = tree.name;
  byId("uploads-count").textContent = tree.uploads || "";
  const entries = (pages) =>
    pages.flatMap((page) => {
      const link = make(
        "a",
        { class: "entry", href: `#/${page.id}`, "aria-current": page.id === where ? "page" : null },
        make("span", { class: "glyph" }, icon(page.icon, page.kind === "database" ? "table" : "page")),
        make("span", { class: page.title ? "label" : "label untitled" }, page.title || "Untitled"),
      );
      return page.pages.length ? [link, make("div", { class: "below" }, ...entries(page.pages))] : [link];
    });
  byId("tree").replaceChildren(...entries(tree.pages));
  if (where === "uploads") byId("uploads-link").setAttribute("aria-current", "page");
  else byId("uploads-link").removeAttribute("aria-current");
}

function drawPath(heads) {
  const links = heads.map((head) => make("a", { href: `#/${head.id}` }, head.title || "Untitled"));
  byId("path").replaceChildren(...links.flatMap((link, index) => (index ? [make("span", {}, "/"), link] : [link])));
  const last = heads.at(-1)?.title;
  document.title = last ? `${last} · Sandbox` : "Sandbox";
}

function drawPage(view) {
  drawPath([...view.path, view]);
  shown.parts ??= sheet();
  const { cover, sheet: box, icon: sign, title, trash, props, list, more } = shown.parts;
  keep(cover, view.cover, () => (view.cover?.kind === "image" ? [make("img", { src: fileUrl(view.cover), alt: "" })] : []));
  cover.hidden = view.cover?.kind !== "image";
  box.classList.toggle("has-cover", !cover.hidden);
  box.classList.toggle("wide", view.kind === "database");
  keep(sign, view.icon, () => (view.icon ? [icon(view.icon)] : []));
  title.textContent = view.title || "Untitled";
  title.classList.toggle("untitled", !view.title);
  trash.hidden = !view.in_trash;
  keep(props, view.properties ?? null, () => (view.properties ?? []).map(property));
  props.hidden = !view.properties?.length;
  if (view.table) keep(list, view.table, () => [databaseTable(view.table)]);
  else reconcile(list, blockItems(view.blocks));
  more.hidden = view.table ? view.table.rows.length >= view.table.total : !view.more;
}

/** Replace the children only if what they show has changed. */
function keep(element, value, build) {
  const key = JSON.stringify(value ?? null);
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  element.replaceChildren(...build());
}

function property(value) {
  const words = value.type === "files" ? value.files.length : value.text;
  return make("div", { class: "prop" }, make("div", {}, value.name), words ? cell(value) : make("div", { class: "empty" }, "Empty"));
}

/** The frame of a page: cover, icon, title, properties, blocks. */
function sheet() {
  const parts = {
    cover: make("div", { class: "cover" }),
    icon: make("div", { class: "page-icon" }),
    title: make("h1", { class: "title" }),
    trash: make("div", { class: "trash", hidden: true }, "This page is in the trash."),
    props: make("div", { class: "props" }),
    list: make("div", { id: "blocks" }),
    more: make("button", { class: "more", type: "button", hidden: true, onclick: () => further() }, "Show more"),
  };
  parts.sheet = make("article", { class: "sheet" }, parts.icon, parts.title, parts.trash, parts.props, parts.list, parts.more);
  main.append(parts.cover, parts.sheet);
  new IntersectionObserver((seen) => seen[0].isIntersecting && further(), { root: main, rootMargin: "800px" }).observe(parts.more);
  return parts;
}

function further() {
  count += STEP;
  draw();
}

function drawUploads(view) {
  drawPath([{ id: "uploads", title: "File uploads" }]);
  if (!shown.parts) {
    const body = make("tbody");
    const lede = make("p", { class: "lede" });
    const head = ["File", "State", "Parts", "Size", "", "Type"].map((name) => make("th", {}, name));
    const table = make("table", { class: "db" }, make("thead", {}, make("tr", {}, ...head)), body);
    const scroller = make("div", { class: "scroller" }, table);
    main.append(make("article", { class: "sheet wide" }, make("h1", { class: "title" }, "File uploads"), lede, scroller));
    shown.parts = { body, lede, scroller };
  }
  const { body, lede, scroller } = shown.parts;
  lede.textContent = view.total ? `${view.total} uploads, ${size(view.bytes)}` : "No connection has uploaded anything yet.";
  scroller.hidden = !view.total;
  fillUploads(body, view.uploads, view.now);
}

function drawNothing() {
  drawPath([]);
  shown.parts = null;
  main.replaceChildren(make("div", { class: "nothing" }, "There is no such page here. ", make("a", { href: "#/" }, "Go to the top.")));
}

/** Follow the workspace: one drawing at a time, and one more if something happened meanwhile. */
function follow() {
  const live = byId("live");
  let drawing = false;
  let again = false;
  const say = (state, words) => {
    live.className = state;
    live.querySelector("b").textContent = words;
    live.title = words;
  };
  const refresh = async () => {
    if (drawing) {
      again = true;
      return;
    }
    drawing = true;
    do {
      again = false;
      await draw().catch(() => say("off", "not reachable"));
    } while (again);
    drawing = false;
  };
  const source = new EventSource(`${HERE}/live`);
  source.onopen = () => say("on", "live");
  source.onerror = () => say("off", "not reachable");
  source.onmessage = () => {
    live.classList.remove("beat");
    void live.offsetWidth; // restart the animation
    live.classList.add("beat");
    refresh();
  };
  addEventListener("hashchange", () => {
    count = STEP;
    refresh();
  });
}

function theme() {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => (root.dataset.theme = localStorage.getItem("theme") ?? (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", apply);
  byId("theme").addEventListener("click", () => {
    localStorage.setItem("theme", root.dataset.theme === "dark" ? "light" : "dark");
    apply();
  });
  apply();
}

function menu() {
  const toggle = (open) => {
    document.body.classList.toggle("menu", open);
    byId("shade").hidden = !open;
    byId("menu").setAttribute("aria-expanded", String(open));
  };
  byId("menu").addEventListener("click", () => toggle(!document.body.classList.contains("menu")));
  byId("shade").addEventListener("click", () => toggle(false));
}

for (const [id, name] of [["menu", "menu"], ["theme", "theme"], ["uploads-sign", "up"]]) byId(id).replaceChildren(glyph(name));
theme();
menu();
follow();
