/* SPDX-License-Identifier: MIT */
#include "posix_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Milliseconds until then, for poll; at least 1 while there is time. */
static int left(double deadline) {
  double seconds = deadline - now();
  return seconds <= 0 ? 0 : (int)(seconds * 1000) + 1;
}

static bool is_hidden(const char *entry, const char *const hidden[]) {
  for (; *hidden; hidden++) {
    size_t len = strlen(*hidden);
    if (strncmp(entry, *hidden, len) == 0 && entry[len] == '=') return true;
  }
  return false;
}

/* This process's environment without some variables; the list alone is the caller's to free. */
static char **visible_environment(const char *const hidden[]) {
  size_t count = 0;
  while (environ[count])
    count++;
  char **list = malloc((count + 1) * sizeof *list);
  if (!list) return NULL;
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (!is_hidden(environ[i], hidden)) list[kept++] = environ[i];
  list[kept] = NULL;
  return list;
}

/* Returns 0 or errno. A SIGPIPE that is ignored here is not ignored there. */
static int start(char *const argv[], char **env, int output, pid_t *pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  posix_spawn_file_actions_init(&files);
  int error = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (!error) error = posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  if (!error) error = posix_spawnp(pid, argv[0], &files, &attributes, argv, env);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error;
}

/* Ends that no program started here inherits. */
static bool make_pipe(int ends[2]) {
  return pipe(ends) == 0 && fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 &&
         fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0;
}

/* Reads to the end of the output. */
static enum waba_command_end read_all(int fd, double deadline, struct waba_buf *out) {
  char chunk[4096];
  for (;;) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int count = poll(&ready, 1, left(deadline));
    if (count < 0) return WABA_COMMAND_INTERRUPTED;
    if (count == 0) return WABA_COMMAND_TIMEOUT;
    ssize_t len = read(fd, chunk, sizeof chunk);
    if (len <= 0) return WABA_COMMAND_DONE;
    bool added = waba_buf_add(out, chunk, (size_t)len);
    waba_wipe(chunk, sizeof chunk);
    if (!added) return WABA_COMMAND_TOO_LONG;
  }
}

/* Waits for the process, which may go on after its output has ended. */
static enum waba_command_end reap(pid_t pid, double deadline, enum waba_command_end end,
                                  int *detail) {
  enum { GAP = 5 }; /* milliseconds between the looks */
  int status = 0;
  while (end == WABA_COMMAND_DONE && waitpid(pid, &status, WNOHANG) == 0) {
    if (poll(NULL, 0, GAP) < 0) end = WABA_COMMAND_INTERRUPTED;
    if (left(deadline) == 0) end = WABA_COMMAND_TIMEOUT;
  }
  if (end != WABA_COMMAND_DONE) {
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
      continue;
  } else if (WIFSIGNALED(status)) {
    *detail = WTERMSIG(status);
    end = WABA_COMMAND_SIGNAL;
  } else if (WEXITSTATUS(status) != 0) {
    *detail = WEXITSTATUS(status);
    end = WABA_COMMAND_STATUS;
  }
  return end;
}

enum waba_command_end waba_command_run(char *const argv[], const char *const hidden[],
                                       double seconds, struct waba_buf *out, int *detail) {
  double deadline = now() + seconds;
  char **env = visible_environment(hidden);
  int ends[2] = {-1, -1};
  pid_t pid = -1;
  *detail = env && make_pipe(ends) ? start(argv, env, ends[1], &pid) : errno;
  free(env);
  if (ends[1] >= 0) close(ends[1]);
  enum waba_command_end end = WABA_COMMAND_NOT_STARTED;
  if (*detail == 0) end = reap(pid, deadline, read_all(ends[0], deadline, out), detail);
  if (ends[0] >= 0) close(ends[0]);
  return end;
}
