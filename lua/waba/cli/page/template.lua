--- The access page without its contents. `{name}` is where one of them goes.

return [=[
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="generator" content="waba {version}">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>
<div>
<h1>{title}</h1>
<p>{source}</p>
</div>
<dl class="totals">{totals}</dl>
</header>
<div class="bar">
<form id="filters" role="search" autocomplete="off" spellcheck="false">
<label>Find accounts<input type="search" id="accounts" placeholder="name or id"></label>
<label>Find users<input type="search" id="users" placeholder="name or id"></label>
<label data-view="matrix">Who can<select id="task">
<option value="-1">any task</option>
</select></label>
<label data-view="matrix">Show<select id="show">
<option value="all">every account</option>
<option value="some">with somebody</option>
<option value="none">with nobody</option>
<option value="unknown">not wholly known</option>
</select></label>
<label>Ownership<select id="ownership">
<option value="">owned or client</option>
<option value="owned">owned</option>
<option value="client">client</option>
</select></label>
<label class="check" data-view="matrix"><input type="checkbox" id="every">every task</label>
<label class="check"><input type="checkbox" id="idle" checked>users without access</label>
<button type="button" id="clear">Clear</button>
</form>
</div>
<div class="bar line">
<div role="tablist" aria-label="View">
<button type="button" role="tab" id="matrix" aria-controls="region"
aria-selected="true">Accounts</button>
<button type="button" role="tab" id="bytask" aria-controls="region"
aria-selected="false" tabindex="-1">By task</button>
</div>
<p id="shown"></p>
<p id="status" role="status" class="vh"></p>
<nav id="pager" aria-label="Pages" hidden>
<button type="button" id="first">First</button>
<button type="button" id="previous">Previous</button>
<span id="place"></span>
<button type="button" id="next">Next</button>
<button type="button" id="last">Last</button>
</nav>
</div>
<main><div id="region" role="tabpanel" aria-labelledby="matrix" tabindex="0"></div></main>
<footer>
<div id="detail"></div>
<ul class="key" aria-label="Key">
<li><span class="chip level3"><span class="name">decides</span></span></li>
<li><span class="chip level2"><span class="name">changes</span></span></li>
<li><span class="chip level1"><span class="name">looks</span></span></li>
<li><span class="unknown">? unknown</span></li>
<li><span class="none"></span> not assigned</li>
</ul>
</footer>
<noscript>This page draws its tables with the script inside it. Allow scripts for this file to see
them; it asks the network for nothing.</noscript>
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
]=]
