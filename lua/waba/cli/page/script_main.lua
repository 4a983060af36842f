--- The access page's controls, and what happens before it is printed.

return [=[
let saying;

// Told once things have come to rest, so that a screen reader is not talked over at every key.
function say(text) {
  clearTimeout(saying);
  $('shown').textContent = text;
  saying = setTimeout(() => { $('status').textContent = text; }, 400);
}

function draw() {
  const sort = document.activeElement && document.activeElement.dataset.sort;
  const [table, text] = state.view === 'matrix' ? matrix() : byTask();
  $('region').replaceChildren(table);
  for (const control of document.querySelectorAll('[data-view]'))
    control.hidden = control.dataset.view !== state.view;
  prepareKeys();
  const again = sort && $('region').querySelector('[data-sort="' + sort + '"]');
  if (again) { place = placeOf(again.closest('th')); placeFocus(...place, true); }
  say(text);
}

function turnTo(page) {
  state.page = Math.max(0, page);
  draw();
  $('region').scrollTop = 0;
}

function change(values) {
  Object.assign(state, values, { page: 0 });
  draw();
}

function show(view) {
  for (const tab of document.querySelectorAll('[role=tab]')) {
    const on = tab.id === view;
    tab.setAttribute('aria-selected', on);
    tab.tabIndex = on ? 0 : -1;
  }
  $('region').setAttribute('aria-labelledby', view);
  $('detail').replaceChildren(h('p', { class: 'sub' }, view === 'matrix'
    ? 'Point at a cell, or move to it with the arrow keys, to read it in full.'
    : 'A count leads to the accounts that it counts.'));
  change({ view });
}

// From a count among the tasks to the accounts that it counts.
function open(task, user) {
  const who = users.find(one => one.index === user);
  $('users').value = who.id;
  $('task').value = task;
  $('show').value = task < 0 ? 'unknown' : 'some';
  Object.assign(state, { users: who.id, task, show: $('show').value });
  show('matrix');
  $('region').focus();
}

function clear() {
  $('filters').reset();
  change({ ...unfiltered });
  $('accounts').focus();
}

function fill() {
  for (const task of tasks)
    $('task').append(h('option', { value: task.index }, visible(task.name)));
  for (const id of ['accounts', 'users'])
    $(id).addEventListener('input', () => change({ [id]: $(id).value }));
  for (const id of ['show', 'ownership'])
    $(id).addEventListener('change', () => change({ [id]: $(id).value }));
  $('task').addEventListener('change', () => change({ task: Number($('task').value) }));
  for (const id of ['every', 'idle'])
    $(id).addEventListener('change', () => change({ [id]: $(id).checked }));
  $('filters').addEventListener('submit', event => event.preventDefault());
  $('filters').addEventListener('reset', () => setTimeout(draw));
  $('clear').addEventListener('click', clear);
}

function listen() {
  const turns = { first: () => 0, previous: () => state.page - 1, next: () => state.page + 1,
    last: () => Number($('last').value) };
  for (const [id, page] of Object.entries(turns))
    $(id).addEventListener('click', () => turnTo(page()));
  const tabs = [...document.querySelectorAll('[role=tab]')];
  for (const tab of tabs) {
    tab.addEventListener('click', () => show(tab.id));
    tab.addEventListener('keydown', event => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      const other = tabs[1 - tabs.indexOf(tab)];
      show(other.id);
      other.focus();
    });
  }
  const region = $('region');
  region.addEventListener('keydown', onKey);
  region.addEventListener('focusin', event => tell(event.target.closest('td, th')));
  region.addEventListener('pointerover', event => tell(event.target.closest('td, th')));
  region.addEventListener('click', event => {
    const button = event.target.closest('button'), cell = event.target.closest('td.cell');
    if (button && button.dataset.sort) {
      const key = button.dataset.sort, again = state.sort === key;
      // Names and ids begin at the beginning; of counts and of access the most comes first.
      change({ sort: key, down: again ? !state.down : /^user:|^assigned$/.test(key) });
    } else if (button) open(Number(button.dataset.task), Number(button.dataset.who));
    else if (cell && cell.closest('table.matrix')) placeFocus(...placeOf(cell), true);
  });
  addEventListener('beforeprint', () => { state.printing = true; draw(); });
  addEventListener('afterprint', () => { state.printing = false; draw(); });
}

fill();
listen();
show('matrix');
]=]
