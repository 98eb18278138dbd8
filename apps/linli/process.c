/* Command line, the process. */
#include "process.h"

#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <jansson.h>

/* Keys and people's records are in this process: if it dies, nothing of it is written to a file. */
static void leave_no_core(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none); /* a system that has neither has no core dumps to fear */
    (void)prctl(PR_SET_DUMPABLE, 0);
}

void process_start(void)
{
    leave_no_core();
    signal(SIGPIPE, SIG_IGN); /* a peer or reader that goes away is an error return, not the end */
    json_object_seed(0);      /* before other threads start */
}
