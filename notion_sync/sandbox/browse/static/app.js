// The browse page: which view is shown, and how it follows what happens.

import { blockItems } from "./blocks.js";
import { HERE, fileUrl, glyph, icon, make, reconcile, size } from "./draw.js";
import { LISTS, fillList, listSheet } from "./lists.js";
import { cell, databaseTable, fillUploads } from "./tables.js";

const STEP = 200;
const byId = (id) => document.getElementById(id);
const main = byId("main");

let home = null; // the page at the top of the workspace
let shown = null; // what is drawn: {where, parts}
let count = STEP; // how many blocks or rows are asked for
let asked = 0; // numbers requests, so that a late answer is dropped
let pointed = null; // the block that the address names, once it has been shown

async function get(path) {
  const response = await fetch(`${HERE}/data/${path}`);
  return response.ok ? response.json() : null;
}

/** What the address asks for: a view or a page, and what of it: a block, or the words to search for. */
function place() {
  const [where, rest] = location.hash.replace(/^#\/?/, "").split("/");
  return { where: where || home, rest: rest ?? "" };
}

function pathOf(where, rest) {
  if (where === "search") return `search?q=${rest}`;
  return where === "uploads" || LISTS[where] ? where : `page/${encodeURIComponent(where)}?count=${count}`;
}

async function draw() {
  const mine = (asked += 1);
  const tree = await get("tree");
  home = tree.home;
  const { where, rest } = place();
  const view = await get(pathOf(where, rest));
  if (mine !== asked) return;
  drawTree(tree, where);
  if (shown?.where !== where) start(where);
  if (where === "uploads") drawUploads(view);
  else if (LISTS[where] && view) drawList(where, view, rest);
  else if (view) drawPage(view, rest);
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
  for (const name of ["uploads", "latest", "trash"]) {
    if (where === name) byId(`${name}-link`).setAttribute("aria-current", "page");
    else byId(`${name}-link`).removeAttribute("aria-current");
  }
}

function drawPath(heads) {
  const links = heads.map((head) => make("a", { href: `#/${head.id}` }, head.title || "Untitled"));
  byId("path").replaceChildren(...links.flatMap((link, index) => (index ? [make("span", {}, "/"), link] : [link])));
  const last = heads.at(-1)?.title;
  document.title = last ? `${last} · Sandbox` : "Sandbox";
}

function drawPage(view, block) {
  drawPath([...view.path, view]);
  shown.parts ??= sheet();
  const { cover, sheet: box, icon: sign, title, total, trash, props, list, more } = shown.parts;
  keep(cover, view.cover, () => (view.cover?.kind === "image" ? [make("img", { src: fileUrl(view.cover), alt: "" })] : []));
  cover.hidden = view.cover?.kind !== "image";
  box.classList.toggle("has-cover", !cover.hidden);
  box.classList.toggle("wide", view.kind === "database");
  keep(sign, view.icon, () => (view.icon ? [icon(view.icon)] : []));
  title.textContent = view.title || "Untitled";
  title.classList.toggle("untitled", !view.title);
  const { files, bytes } = view.totals;
  total.textContent = files ? `${files} file${files === 1 ? "" : "s"}, ${size(bytes)}` : "";
  total.hidden = !files;
  trash.hidden = !view.in_trash;
  keep(props, view.properties ?? null, () => (view.properties ?? []).map(property));
  props.hidden = !view.properties?.length;
  if (view.table) keep(list, view.table, () => [databaseTable(view.table, view.title || "Untitled")]);
  else reconcile(list, blockItems(view.blocks));
  more.hidden = view.table ? view.table.rows.length >= view.table.total : !view.more;
  if (block) point(block, view.more);
}

/** Show the block that the address names, once; ids come with dashes and without. */
function point(block, more) {
  if (pointed === location.hash) return;
  const wanted = block.replaceAll("-", "").toLowerCase();
  const found = [...main.querySelectorAll(".block")].find((each) => each.id.replaceAll("-", "") === `block${wanted}`);
  if (!found) {
    if (more) further();
    return;
  }
  pointed = location.hash;
  found.classList.add("pointed");
  found.tabIndex = -1;
  found.focus({ preventScroll: true });
  stayAt(found);
}

/** Keep an element in view while pictures above it come and push it down, until somebody scrolls. */
function stayAt(element) {
  const show = () => element.scrollIntoView({ block: "center", behavior: "instant" });
  const observer = new ResizeObserver(show);
  observer.observe(shown.parts.list);
  const stop = () => observer.disconnect();
  for (const event of ["wheel", "touchstart", "keydown", "pointerdown"]) addEventListener(event, stop, { once: true, passive: true });
  addEventListener("hashchange", stop, { once: true });
  show();
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
    total: make("p", { class: "total", hidden: true }),
    trash: make("div", { class: "trash", hidden: true }, "This page is in the trash."),
    props: make("div", { class: "props" }),
    list: make("div", { id: "blocks" }),
    more: make("button", { class: "more", type: "button", hidden: true, onclick: () => further() }, "Show more"),
  };
  parts.sheet = make("article", { class: "sheet" }, parts.icon, parts.title, parts.total, parts.trash, parts.props, parts.list, parts.more);
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
    const head = ["File", "State", "Parts", "Size", "", "Type"].map((name) => make("th", { scope: "col" }, name));
    const table = make("table", { class: "db", "aria-label": "File uploads" }, make("thead", {}, make("tr", {}, ...head)), body);
    const scroller = make("div", { class: "scroller" }, table);
    main.append(make("article", { class: "sheet wide" }, make("h1", { class: "title" }, "File uploads"), lede, scroller));
    shown.parts = { body, lede, scroller };
  }
  const { body, lede, scroller } = shown.parts;
  lede.textContent = view.total ? `${view.total} uploads, ${size(view.bytes)}` : "No connection has uploaded anything yet.";
  scroller.hidden = !view.total;
  fillUploads(body, view.uploads, view.now);
}

function drawList(kind, view, words) {
  const { title } = LISTS[kind];
  drawPath([{ id: kind, title }]);
  if (!shown.parts) {
    shown.parts = listSheet(title);
    main.append(shown.parts.sheet);
  }
  shown.parts.title.textContent = words ? `${title}: ${decodeURIComponent(words)}` : title;
  fillList(shown.parts, kind, view);
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
    pointed = null;
    for (const old of document.querySelectorAll(".pointed")) old.classList.remove("pointed");
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

/** How many requests of the running window are spent. */
async function pace() {
  const rate = await get("rate").catch(() => null);
  if (!rate) return;
  const window_ = rate.seconds === 60 ? "this minute" : `in ${rate.seconds} s`;
  byId("rate-words").textContent = rate.limit === null ? "No rate limit" : `${rate.used} of ${rate.limit} requests ${window_}`;
}

function search() {
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = `#/search/${encodeURIComponent(byId("query").value.toWellFormed?.() ?? byId("query").value)}`;
  });
  byId("query").addEventListener("input", () => byId("query").value || (place().where === "search" && (location.hash = "#/")));
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault(); // what stands behind # names a view
    main.focus();
  });
}

const SIGNS = { menu: "menu", theme: "theme", "uploads-sign": "up", "latest-sign": "clock", "trash-sign": "bin", "rate-sign": "gauge" };
for (const [id, name] of Object.entries(SIGNS)) byId(id).replaceChildren(glyph(name));
theme();
menu();
search();
pace();
setInterval(() => document.hidden || pace(), 2000);
follow();
