--- The access page's two tables: accounts by users, and tasks by users.

return [=[
const $ = id => document.getElementById(id);

// Text goes in as text, never as markup.
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {}))
    if (value !== null && value !== false) element.setAttribute(key, value === true ? '' : value);
  element.append(...children.filter(child => child !== null));
  return element;
}

const bdi = text => h('bdi', null, text);
const vh = text => h('span', { class: 'vh' }, text);
const number = new Intl.NumberFormat('en');
const counted = (n, one, many) => number.format(n) + ' ' + (n === 1 ? one : many);
const taskNames = set => set.map(task => task.name).join(', ');

function chip(task, more) {
  return h('span', { class: 'chip level' + task.level },
    h('span', { class: 'name' }, ...visible(task.name).split(/(?<=_)/).flatMap(
      part => [part, h('wbr')])),
    more > 0 ? h('span', { class: 'more', 'aria-hidden': 'true' }, '+' + more) : null);
}

// ---- the matrix -------------------------------------------------------------------------------

function cellContent(cell) {
  if (cell === NONE) return ['none', vh('not assigned')];
  if (cell === UNKNOWN) return ['unknown', h('span', null, '? tasks unknown')];
  if (cell === UNREAD) return ['unknown', h('span', null, '? not read')];
  const set = sets[cell];
  if (!set.length) return ['none', 'no task'];
  const shown = state.task < 0 ? set[0] : set.find(task => task.index === state.task);
  if (!shown) return ['other', vh('other tasks: '), '+' + set.length];
  if (state.every || state.printing) return ['level' + shown.level, ...set.map(t => chip(t, 0))];
  const others = set.filter(task => task !== shown);
  return ['level' + shown.level, chip(shown, others.length),
    others.length ? vh(', ' + taskNames(others)) : null];
}

function cellOf(account, user) {
  const cell = account.cells[user.index];
  const [kind, ...content] = cellContent(cell);
  return h('td', { class: 'cell ' + kind, 'data-user': user.index }, ...content);
}

const countOf = account => account.unread === null ? number.format(account.assigned)
  : account.assigned ? number.format(account.assigned) + ' ?' : '?';

function rowOf(account, columns, place) {
  const head = h('th', { scope: 'row', class: account.unread === null ? null : 'unread' },
    bdi(account.name), account.unread === null ? null : h('span', { class: 'flag' },
      ' ? not read', vh(', ' + account.unread)));
  return h('tr', { 'data-account': account.index, 'aria-rowindex': place },
    head, h('td', { class: 'id' }, account.id), h('td', null, account.ownership),
    h('td', { class: 'number' }, countOf(account)),
    ...columns.map(user => cellOf(account, user)));
}

function columnHead(key, content, ...more) {
  const on = state.sort === key;
  const direction = on ? (state.down ? 'descending' : 'ascending') : 'none';
  const arrow = on ? (state.down ? ' ▼' : ' ▲') : '';
  return h('th', { scope: 'col', 'aria-sort': direction, class: key.replace(/:.*/, '') },
    h('button', { type: 'button', 'data-sort': key }, h('span', { class: 'who' }, content,
      h('span', { class: 'arrow', 'aria-hidden': 'true' }, arrow)), ...more));
}

function userHead(user) {
  const sub = words => h('span', { class: 'sub' }, words);
  return columnHead('user:' + user.index, bdi(user.name),
    sub((user.type ? user.type + ', ' : '') + counted(user.accounts, 'account', 'accounts')),
    user.unknown ? sub('? ' + number.format(user.unknown) + ' unknown') : null);
}

const perPage = columns => state.printing ? Infinity
  : Math.max(25, Math.min(100, Math.floor(3000 / (columns.length + 1))));

function matrix() {
  const columns = selectedUsers(), rows = sorted(selectedAccounts(columns));
  const size = perPage(columns), pages = Math.max(1, Math.ceil(rows.length / size));
  state.page = Math.min(state.page, pages - 1);
  const from = state.printing ? 0 : state.page * size, shown = rows.slice(from, from + size);
  const head = h('tr', { 'aria-rowindex': 1 }, columnHead('name', 'Account'),
    columnHead('id', 'Id'), columnHead('ownership', 'Ownership'), columnHead('assigned', 'Users'),
    ...columns.map(userHead));
  // On paper a wide matrix would be too small to read: there it becomes one list an account.
  const list = state.printing && columns.length > 10;
  const table = h('table', { role: 'grid', 'aria-readonly': 'true',
    'aria-rowcount': rows.length + 1, class: list ? 'list' : 'matrix' },
    h('caption', { class: 'vh' }, 'Accounts by users: the tasks of each user on each account'),
    h('thead', null, list ? listHead() : head),
    h('tbody', null, ...shown.map((account, i) =>
      (list ? listRow : rowOf)(account, columns, from + i + 2))));
  if (!shown.length) table.tBodies[0].append(h('tr', null,
    h('td', { class: 'nothing', colspan: columns.length + 4 }, 'Nothing matches.')));
  pager(rows.length, from, shown.length, pages);
  return [table, told(rows, columns, from, shown.length)];
}

const listHead = () => h('tr', null, h('th', { scope: 'col' }, 'Account'),
  h('th', { scope: 'col' }, 'Who, with which tasks'));

// Those who have the same tasks together, the strongest first.
function listRow(account, columns) {
  const groups = new Map();
  for (const user of columns) {
    const cell = account.cells[user.index];
    if (cell >= UNKNOWN) groups.set(cell, (groups.get(cell) || []).concat(user));
  }
  const items = [...groups].sort(([a], [b]) => strength(b) - strength(a)).map(([cell, group]) =>
    h('li', null, ...(cell < 0 ? ['? tasks unknown: '] : sets[cell].map(task => chip(task, 0))),
      ...group.flatMap((user, i) => [i ? ', ' : '', bdi(user.name)])));
  if (account.unread !== null) items.push(h('li', null, '? ' + account.unread));
  return h('tr', null, h('th', { scope: 'row' }, bdi(account.name), h('span', { class: 'sub' },
    account.id + ', ' + account.ownership)),
    h('td', null, items.length ? h('ul', null, ...items) : 'nobody'));
}

function told(rows, columns, from, count) {
  const places = count && count < rows.length
    ? number.format(from + 1) + ' to ' + number.format(from + count) + ' of ' : '';
  return places + counted(rows.length, 'account', 'accounts') + ', ' +
    counted(columns.length, 'user', 'users') +
    (state.task < 0 ? '' : '; who has ' + tasks[state.task].name + ', or may have it');
}

function pager(total, from, count, pages) {
  $('pager').hidden = pages < 2;
  $('place').textContent = 'Page ' + (state.page + 1) + ' of ' + number.format(pages);
  $('first').disabled = $('previous').disabled = state.page === 0;
  $('next').disabled = $('last').disabled = state.page >= pages - 1;
  $('last').value = pages - 1;
}

// ---- who can do what --------------------------------------------------------------------------

function tally(columns, rows) {
  const counts = tasks.map(() => ({ accounts: 0, users: new Map() }));
  const unknown = { accounts: 0, users: new Map() };
  const add = (count, user) => count.users.set(user, (count.users.get(user) || 0) + 1);
  for (const account of rows) {
    const seen = new Set();
    for (const user of columns) {
      const cell = account.cells[user.index];
      if (isUnknown(cell)) { add(unknown, user); seen.add(unknown); }
      for (const task of sets[cell] || []) {
        add(counts[task.index], user);
        seen.add(counts[task.index]);
      }
    }
    for (const count of seen) count.accounts++;
  }
  return { counts, unknown };
}

function tallyRow(head, index, count, columns) {
  return h('tr', null, head, h('td', { class: 'number' }, number.format(count.accounts)),
    h('td', { class: 'number' }, number.format(count.users.size)),
    ...columns.map(user => {
      const n = count.users.get(user);
      if (!n) return h('td', { class: 'cell none' }, vh('none'));
      return h('td', { class: 'cell ' + (index < 0 ? 'unknown' : 'level' + tasks[index].level) },
        h('button', { type: 'button', class: 'count', 'data-task': index, 'data-who': user.index },
          index < 0 ? '? ' + number.format(n) : number.format(n),
          vh(' accounts of ' + user.name + ': show them')));
    }));
}

function byTask() {
  const columns = selectedUsers(), matches = matcher(state.accounts);
  const rows = accounts.filter(account => matches(account) && isHeld(account));
  const { counts, unknown } = tally(columns, rows);
  const head = h('tr', null, h('th', { scope: 'col', class: 'name' }, 'Task'),
    h('th', { scope: 'col' }, 'Accounts'), h('th', { scope: 'col' }, 'Users'),
    ...columns.map(user => h('th', { scope: 'col', class: 'user' },
      h('span', { class: 'who' }, bdi(user.name)), h('span', { class: 'sub' }, user.type))));
  const lines = tasks.map(task => tallyRow(h('th', { scope: 'row' }, chip(task, 0),
    h('span', { class: 'sub' }, visible(task.meaning))), task.index, counts[task.index], columns));
  lines.push(tallyRow(h('th', { scope: 'row' }, h('span', { class: 'flag' }, '? unknown'),
    h('span', { class: 'sub' }, 'tasks not told, or the account not read')), -1, unknown, columns));
  $('pager').hidden = true;
  return [h('table', { class: 'bytask' }, h('caption', { class: 'vh' },
    'Tasks by users: on how many accounts each user has each task'),
    h('thead', null, head), h('tbody', null, ...lines)),
  counted(rows.length, 'account', 'accounts') + ', ' + counted(columns.length, 'user', 'users')];
}
]=]
