/*
 * bench W8: many connections to one process, each with a session that has settled and stays; what an idle one costs there. Those
 * who connect are one device, many times: the other end keeps a session for each. Usage: linli_w8 [CONNECTIONS]
 */
#include <linli/node.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "office.h"

enum { ADDRESS_BYTES = 32, PATIENCE_S = 600, MORE_SESSIONS = 16 };

static void *serve(void *node)
{
    must(linli_node_run(node), "run");
    return NULL;
}

static void nap(void)
{
    static const struct timespec pause = {.tv_nsec = 200 * 1000 * 1000};

    nanosleep(&pause, NULL);
}

int main(int argc, char **argv)
{
    size_t count = argument(argc, argv, 1, 18000);
    struct office o = {.town = {2, 2, false}, .sessions_max = count + MORE_SESSIONS};
    struct rlimit files;
    struct linli_session_report report;
    char address[ADDRESS_BYTES];
    const char **peers = calloc(count, sizeof(*peers));
    linli_node *node = NULL;
    pthread_t thread;
    size_t reached = 0;

    must_be(peers != NULL, "memory");
    must(getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
    files.rlim_cur = files.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
    office_start(&o);
    office_join(&o, &report);
    snprintf(address, sizeof(address), "127.0.0.1:%u", o.port);
    for (size_t i = 0; i < count; i++)
        peers[i] = address;
    struct linli_node_options options = {.size = sizeof(options), .listen = "127.0.0.1:0", .peers = peers, .peer_count = count,
                                         .sessions_max = count + MORE_SESSIONS};
    must(linli_node_new(o.store, &options, &node), "node");
    double before = office_own_bytes(&o), start = now_s();
    must(pthread_create(&thread, NULL, serve, node), "thread");
    while (reached < count && now_s() - start < PATIENCE_S) {
        nap();
        reached = office_sessions(&o);
    }
    figure("connections", (double)reached);
    figure("connected_per_second", (double)reached / (now_s() - start));
    figure("idle_bytes", (office_own_bytes(&o) - before) / (double)reached);
    figures_end();
    linli_node_stop(node);
    pthread_join(thread, NULL);
    linli_node_free(node);
    office_end(&o);
    free(peers);
    return 0;
}
