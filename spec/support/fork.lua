--- fork, wait and the end of a process, for specs: `fork(true)` returns true in the parent and
--- nothing in the child, `wait()` waits for a child to end, `over()` ends the process at once.
--
-- Called from Lua as they are: the number they return is that of their results. A process ends as
-- another program: what it abandons on purpose is not to be reported as a leak. Where coverage is
-- measured it ends as itself, or what it has reached would not count.

local SOURCE = [[
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int spec_fork(void *L) { return (void)L, fork() != 0; }
int spec_wait(void *L) { return (void)L, wait(NULL), 0; }
int spec_over(void *L) {
  if (getenv("GCOV_ERROR_FILE")) exit(0);
  return (void)L, execl("/bin/true", "true", (char *)NULL), _exit(1), 0;
}
]]

local M = {}

local library = os.tmpname()
local compiler =
  assert(io.popen("env -u LD_PRELOAD cc -shared -fPIC -x c -o " .. library .. " -", "w"))
compiler:write(SOURCE)
compiler:close()
for _, name in ipairs({ "fork", "wait", "over" }) do
  M[name] = assert(package.loadlib(library, "spec_" .. name))
end
os.remove(library)

return M
