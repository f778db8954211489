// What a chat does without being asked: scrolls, keeps focus, sends on Enter, opens its menu.
"use strict";

const QUIET = matchMedia("(prefers-reduced-motion: reduce)");
const NEAR = 24; // pixels from the end that still count as being there
const SETTLE = 250; // ms after a change in which a second click is a slip, not an answer

const scrollOf = (phone) => phone.querySelector(".scroll");
const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
const toEnd = (box) =>
  box.scrollTo({ top: box.scrollHeight, behavior: QUIET.matches ? "auto" : "smooth" });

function closeSheets(phone, focusBack) {
  for (const button of phone.querySelectorAll('[aria-expanded="true"]')) {
    button.setAttribute("aria-expanded", "false");
    document.getElementById(button.getAttribute("aria-controls")).hidden = true;
    if (focusBack) button.focus();
  }
}

function openSheet(button) {
  button.setAttribute("aria-expanded", "true");
  document.getElementById(button.getAttribute("aria-controls")).hidden = false;
}

function pendingBubble(list, words) {
  const item = document.createElement("li");
  item.className = "message theirs pending";
  const bubble = item.appendChild(document.createElement("div"));
  bubble.className = "bubble";
  const text = bubble.appendChild(document.createElement("p"));
  text.className = "text";
  text.dir = "auto";
  text.textContent = words;
  list.querySelector(".welcome")?.remove();
  list.append(item);
}

// A message taken off the screen is seen to go.
function letGo(item, before) {
  if (QUIET.matches || !item.id || document.getElementById(item.id)) return;
  const ghost = item.cloneNode(true);
  ghost.removeAttribute("id");
  ghost.setAttribute("aria-hidden", "true");
  ghost.inert = true;
  ghost.classList.add("leaving");
  ghost.addEventListener("animationend", () => ghost.remove());
  if (before?.isConnected) before.after(ghost);
}

function toast() {
  const box = document.getElementById("toast");
  box.textContent = box.dataset.words;
  box.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { box.hidden = true; }, 5000);
}

function arrive(phone) {
  const box = scrollOf(phone);
  const list = box.querySelector(".messages");
  const last = () => [...list.querySelectorAll(".message:not(.leaving)")].pop();
  let follow = true;
  let placed = 0;
  let shown = "";
  let byKeyboard = false;
  let pressed = "";
  let items = [];

  const pointDown = () => { phone.querySelector(".newest").hidden = atEnd(box); };
  // The end of the chat, or the beginning of a last message that is longer than the screen.
  const showNewest = () => {
    const end = box.scrollHeight - box.clientHeight;
    const from = last()?.getBoundingClientRect().top - box.getBoundingClientRect().top;
    box.scrollTop = Math.min(end, box.scrollTop + (from ?? Infinity) - 8);
    placed = box.scrollTop;
    follow = true;
    pointDown();
  };
  const newestChanged = () => {
    const before = shown;
    shown = last()?.outerHTML ?? "";
    return shown !== before;
  };
  newestChanged();
  showNewest();
  box.addEventListener("load", () => { if (follow) showNewest(); }, true);
  box.addEventListener("scroll", () => {
    follow = atEnd(box) || Math.abs(box.scrollTop - placed) < 2;
    pointDown();
  });
  phone.querySelector(".newest").addEventListener("click", () => toEnd(box));
  list.addEventListener("click", (event) => {
    const reply = event.target.closest(".reply, .start");
    if (reply) [byKeyboard, pressed] = [event.detail === 0, reply.textContent];
  });

  const remember = () => { items = [...list.children]; };
  remember();
  new MutationObserver(() => {
    const now = new Set(list.children);
    let before = null;
    for (const item of items) {
      if (now.has(item)) before = item;
      else if (item.matches(".message:not(.pending, .leaving)")) letGo(item, before);
    }
    remember();
  }).observe(list, { childList: true });

  return {
    showNewest,
    swapped() {
      if (newestChanged()) showNewest();
      if (byKeyboard) focusNext(phone, pressed);
      byKeyboard = false;
      list.classList.add("just-changed");
      setTimeout(() => list.classList.remove("just-changed"), SETTLE);
    },
  };
}

// The first button of what is asked now; whoever ticked a box stays at it.
function focusNext(phone, pressed) {
  const asked = [...phone.querySelectorAll(".message:not(.leaving) .replies")].pop();
  const buttons = [...(asked?.querySelectorAll(".reply") ?? [])];
  const ticked = /^[☐☑]/.test(pressed) &&
    buttons.find(({ textContent }) => textContent.slice(1) === pressed.slice(1));
  (ticked || buttons[0] || phone.querySelector("textarea")).focus({ preventScroll: true });
}

const screens = new Map([...document.querySelectorAll(".phone")].map((phone) => [phone, arrive(phone)]));
const phoneOf = (ctx) => ctx.target?.closest?.(".phone");

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement;
  const body = ctx.request.body;
  if (!form.matches(".composer")) return;
  const box = form.elements.text;
  if (body?.get("command")) {
    if (box.value === "/") box.value = "";
    return;
  }
  const words = box.value.trim();
  ctx.draft = words;
  box.value = "";
  if (words) {
    const phone = form.closest(".phone");
    pendingBubble(phone.querySelector(".messages"), words);
    screens.get(phone).showNewest();
  }
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const phone = phoneOf(ctx);
  if (!phone || !ctx.target.matches(".messages")) return;
  screens.get(phone).swapped();
});

function failed({ detail: { ctx } }) {
  if (ctx?.request?.method === "GET") return;
  toast();
  const text = ctx?.sourceElement?.elements?.text;
  if (text && ctx.draft && !text.value) text.value = ctx.draft;
  for (const item of document.querySelectorAll(".pending")) item.remove();
}
document.addEventListener("htmx:error", failed);
document.addEventListener("htmx:response:error", failed);

document.addEventListener("submit", (event) => {
  const phone = event.target.closest(".phone");
  if (phone) closeSheets(phone);
  const panel = document.getElementById(event.submitter?.dataset.closes);
  if (panel?.matches(":popover-open")) panel.hidePopover();
  const box = event.target.elements.text;
  const empty = box && !event.submitter?.name && !box.value.trim();
  if (empty) { event.preventDefault(); event.stopImmediatePropagation(); }
}, true);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[aria-expanded]");
  const phone = event.target.closest(".phone");
  const wasOpen = opener?.getAttribute("aria-expanded") === "true";
  if (!event.target.closest(".sheet")) document.querySelectorAll(".phone").forEach((each) => closeSheets(each));
  if (opener && phone && !wasOpen) openSheet(opener);
});

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const phone = target.closest?.(".phone");
  if (!phone) return;
  if (key === "Enter" && event.repeat && target.matches("button")) event.preventDefault();
  if (key === "Enter" && target.matches("textarea") && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    target.form.requestSubmit();
  }
  if (key === "Escape") closeSheets(phone, true);
  const open = phone.querySelector(".sheet:not([hidden])");
  if (open && (key === "ArrowDown" || key === "ArrowUp")) {
    const buttons = [...open.querySelectorAll("button:not([hidden])")];
    const at = buttons.indexOf(document.activeElement) + (key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    buttons.at(at % buttons.length)?.focus();
  }
});

// A slash at the start of a message opens the menu, as on Telegram.
document.addEventListener("input", ({ target }) => {
  if (!target.matches(".composer textarea")) return;
  const slash = target.form.querySelector(".slash");
  const open = slash.getAttribute("aria-expanded") === "true";
  if ((target.value === "/") !== open) slash.click();
});
