/* crash tests: processes that write, serve and sync until they are killed, and tell what was acknowledged. */
#include "crash.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS_BETWEEN_SYNCS = 4, OFFICE_PAUSE_US = 1500, PROMISE_MS = 10000 };

/* Where a child tells: what it wrote goes to its trace when it has one, all else through the pipe. */
struct mouth {
    int pipe;
    bool traced;
};

/* Within PIPE_BUF, so whole or not at all. */
_Static_assert(PENDING_MAX * sizeof(struct ack) <= 4096, "a step is told in one piece");

static void tell(void *ctx, const struct ack *acks, size_t count)
{
    const struct mouth *mouth = ctx;
    size_t size = count * sizeof(*acks);

    if (mouth->traced)
        shim_note(acks, size);
    else if (write(mouth->pipe, acks, size) != (ssize_t)size)
        _exit(3);
}

static void say(const struct mouth *mouth, enum ack_kind kind, uint32_t number, uint32_t slot)
{
    struct mouth aloud = {mouth->pipe, false};
    struct ack ack = {.kind = kind, .number = number, .slot = slot};

    tell(&aloud, &ack, 1);
}

static _Noreturn void fail(const struct mouth *mouth, int code, uint32_t which)
{
    say(mouth, ACK_ERROR, (uint32_t)code, which);
    _exit(1);
}

static struct writer child_writer(const struct child_plan *plan, struct mouth *mouth, linli_store *store,
                                  struct ledger *ledger)
{
    ledger_copy(ledger, plan->ledger);
    return (struct writer){.store = store, .scope = plan->scope, .ledger = ledger, .random = plan->seed,
                           .number = plan->number, .tell = tell, .ctx = mouth, .doing = plan->doing};
}

static linli_store *child_open(const struct child_plan *plan, const struct mouth *mouth)
{
    linli_store *store = NULL;
    int rv;

    if (plan->trace != NULL && !shim_trace(plan->trace))
        fail(mouth, LINLI_E_DISK, 1);
    rv = store_try_open(plan->dir, &store);
    if (rv != LINLI_OK)
        fail(mouth, rv, 2);
    return store;
}

/* A peer that is killed in the middle is no fault of ours; before its first byte it looks like one of another network. */
static bool peer_went(int code)
{
    return code == LINLI_E_CONNECT || code == LINLI_E_CLOSED || code == LINLI_E_TIMEOUT || code == LINLI_E_NETWORK;
}

static void captain(const struct child_plan *plan, int pipe)
{
    struct mouth mouth = {pipe, plan->trace != NULL};
    struct ledger ledger = {0};
    linli_store *store = child_open(plan, &mouth);
    struct writer w = child_writer(plan, &mouth, store, &ledger);
    struct linli_sync_options options = {.size = sizeof(options), .timeout_ms = PROMISE_MS};

    for (unsigned step = 1; plan->steps == 0 || step <= plan->steps; step++) {
        int rv = writer_step(&w);
        if (rv != LINLI_OK)
            fail(&mouth, rv, 3);
        if (plan->port == 0 || step % STEPS_BETWEEN_SYNCS != 0)
            continue;
        if (plan->doing != NULL)
            *plan->doing = DOING_SYNCING;
        rv = linli_sync(store, "127.0.0.1", plan->port, &options, NULL);
        if (rv == LINLI_OK)
            say(&mouth, ACK_SYNCED, 0, 0);
        else if (!peer_went(rv))
            fail(&mouth, rv, 4);
    }
    _exit(0);
}

static void office(const struct child_plan *plan, int pipe)
{
    struct mouth mouth = {pipe, plan->trace != NULL};
    struct ledger ledger = {0};
    linli_store *store = child_open(plan, &mouth);
    struct writer w = child_writer(plan, &mouth, store, &ledger);
    unsigned port = 0;

    w.groups_only = true;
    server_start(store, &port);
    say(&mouth, ACK_PORT, port, 0);
    for (;;) {
        int rv = writer_step(&w);
        if (rv != LINLI_OK)
            fail(&mouth, rv, 5);
        wait_us(OFFICE_PAUSE_US);
    }
}

/* Serves, and does nothing of its own. */
static void idler(const struct child_plan *plan, int pipe)
{
    struct mouth mouth = {pipe, false};
    linli_store *store = child_open(plan, &mouth);
    unsigned port = 0;

    server_start(store, &port);
    say(&mouth, ACK_PORT, port, 0);
    for (;;)
        wait_us(1000000);
}

static void founder(const struct child_plan *plan, int pipe)
{
    struct mouth mouth = {pipe, plan->trace != NULL};
    struct linli_options options = store_options(plan->dir);
    linli_store *store = NULL;
    int rv = linli_store_create(&options, LINLI_COMMUNITY, "Made-up Lane", NULL, &store);

    if (rv != LINLI_OK)
        fail(&mouth, rv, 6);
    say(&mouth, ACK_SYNCED, 0, 0);
    for (;;)
        wait_us(1000000);
}

static struct child start(const struct child_plan *plan, void (*life)(const struct child_plan *, int))
{
    struct child child = {-1, -1, -1};
    struct child_plan own = *plan;
    int ends[2], go[2];

    fflush(stdout);
    if (pipe(ends) != 0 || pipe(go) != 0 || (child.pid = fork()) < 0)
        broken("no process can be started: %s", strerror(errno));
    if (child.pid == 0) {
        close(ends[0]);
        close(go[1]);
        if (plan->waits && read(go[0], &own.port, sizeof(own.port)) != sizeof(own.port))
            _exit(4);
        life(&own, ends[1]);
    }
    close(ends[1]);
    close(go[0]);
    child.pipe = ends[0];
    child.go = go[1];
    return child;
}

struct child captain_start(const struct child_plan *plan)
{
    return start(plan, captain);
}

struct child captain_waits(const struct child_plan *plan)
{
    struct child_plan waiting = *plan;

    waiting.waits = true;
    return start(&waiting, captain);
}

void captain_goes(struct child *child, unsigned port)
{
    if (write(child->go, &port, sizeof(port)) != sizeof(port))
        broken("the captain does not wait");
}

struct child office_start(const struct child_plan *plan)
{
    return start(plan, office);
}

struct child peer_start(const char *from, const char *dir, unsigned *port)
{
    struct child_plan plan = {.dir = dir};

    store_copy(from, dir);
    struct child peer = start(&plan, idler);
    *port = office_port(&peer);
    return peer;
}

void peer_end(struct child *peer)
{
    child_kill(peer);
    child_told(peer, NULL, NULL, NULL);
}

struct child founder_start(const char *dir)
{
    struct child_plan plan = {.dir = dir};

    return start(&plan, founder);
}

static bool told_one(const struct child *child, struct ack *ack)
{
    size_t have = 0;

    while (have < sizeof(*ack)) {
        ssize_t got = read(child->pipe, (uint8_t *)ack + have, sizeof(*ack) - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    if (ack->kind == ACK_ERROR)
        broken("a child's call %u gave %s", ack->slot, linli_code_name((int)ack->number));
    return true;
}

unsigned office_port(const struct child *child)
{
    struct ack ack;

    if (!told_one(child, &ack) || ack.kind != ACK_PORT)
        broken("the office does not listen");
    return ack.number;
}

void child_kill(const struct child *child)
{
    int status = 0;

    kill(child->pid, SIGKILL);
    waitpid(child->pid, &status, 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        broken("a child died of signal %d by itself", WTERMSIG(status));
}

void child_told(struct child *child, struct ledger *ledger, struct ledger *receipted, bool *founded)
{
    struct ack ack;

    while (told_one(child, &ack)) {
        ledger_add(ledger, &ack);
        if (ack.kind == ACK_SYNCED && receipted != NULL)
            ledger_copy(receipted, ledger);
        if (ack.kind == ACK_SYNCED && founded != NULL)
            *founded = true;
    }
    close(child->pipe);
    close(child->go);
    child->pipe = child->go = -1;
}
