--- The access page by keyboard: one place of the matrix has the focus, arrows move it; and the line
-- below the matrix that tells of the place in full.

return [=[
let place = [0, 0];

const rowsOf = table => [...table.rows].filter(row => row.cells.length > 1);
const focusable = cell => cell.querySelector('button') || cell;

function placeFocus(row, column, move) {
  const table = $('region').querySelector('table.matrix');
  if (!table) return;
  const rows = rowsOf(table);
  row = Math.max(0, Math.min(rows.length - 1, row));
  const cells = rows[row].cells;
  column = Math.max(0, Math.min(cells.length - 1, column));
  for (const old of table.querySelectorAll('[tabindex="0"]')) old.tabIndex = -1;
  const target = focusable(cells[column]);
  target.tabIndex = 0;
  place = [row, column];
  if (move) target.focus();
}

function prepareKeys() {
  for (const button of $('region').querySelectorAll('table.matrix button')) button.tabIndex = -1;
  placeFocus(place[0], place[1], false);
}

function placeOf(cell) {
  const rows = rowsOf($('region').querySelector('table.matrix'));
  return [rows.indexOf(cell.parentNode), [...cell.parentNode.cells].indexOf(cell)];
}

const FAR = 1e9;
const MOVES = {
  ArrowUp: ([r, c]) => [r - 1, c], ArrowDown: ([r, c]) => [r + 1, c],
  ArrowLeft: ([r, c]) => [r, c - 1], ArrowRight: ([r, c]) => [r, c + 1],
  PageUp: ([r, c]) => [r - 10, c], PageDown: ([r, c]) => [r + 10, c],
  Home: ([r], all) => [all ? 0 : r, 0], End: ([r], all) => [all ? FAR : r, FAR],
};

// Past the last row of a page comes the first of the next one.
function acrossPages(event) {
  const last = rowsOf($('region').querySelector('table.matrix')).length - 1;
  if (event.key === 'ArrowDown' && place[0] === last && !$('next').disabled && !$('pager').hidden) {
    turnTo(state.page + 1);
    placeFocus(1, place[1], true);
    return true;
  }
  if (event.key === 'ArrowUp' && place[0] === 1 && state.page > 0) {
    turnTo(state.page - 1);
    placeFocus(FAR, place[1], true);
    return true;
  }
  return false;
}

function onKey(event) {
  const move = MOVES[event.key], cell = event.target.closest('td, th');
  if (!move || !cell || !cell.closest('table.matrix') || event.altKey || event.metaKey) return;
  event.preventDefault();
  place = placeOf(cell);
  if (!acrossPages(event)) placeFocus(...move(place, event.ctrlKey), true);
}

// ---- what the place says ----------------------------------------------------------------------

function whatOf(cell, account) {
  if (cell === NONE) return ['not assigned'];
  if (cell === UNKNOWN) return ['assigned; which tasks is unknown, Graph did not tell'];
  if (cell === UNREAD) return ['unknown: the account could not be read whole'];
  return sets[cell].map(task => h('span', { class: 'task' }, chip(task, 0),
    h('span', { class: 'sub' }, visible(task.meaning) || 'not known here')));
}

function tell(cell) {
  const row = cell && cell.parentNode.dataset;
  if (!row || row.account === undefined) return;
  const account = accounts[row.account], user = cell.dataset.user;
  const parts = [h('p', null, bdi(account.name), h('span', { class: 'sub' },
    account.id + ', ' + account.ownership))];
  if (account.unread !== null) parts.push(h('p', { class: 'why' }, '? ' + account.unread));
  if (user !== undefined) {
    const who = users.find(one => one.index === Number(user));
    parts.unshift(h('p', null, bdi(who.name), h('span', { class: 'sub' },
      who.id + (who.type ? ', ' + who.type : ''))));
    parts.push(h('p', { class: 'what' }, ...whatOf(account.cells[user], account)));
  }
  $('detail').replaceChildren(...parts);
  for (const head of $('region').querySelectorAll('thead .here')) head.classList.remove('here');
  const head = $('region').querySelector('thead [data-sort="user:' + user + '"]');
  if (head) head.closest('th').classList.add('here');
}
]=]
