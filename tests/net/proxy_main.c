/* tests: the proxy of tests/lib/proxy.h as a program. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "proxy.h"

static int usage(void)
{
    fprintf(stderr, "proxy --port TARGET [--seed N --draw BYTES] [--latency MS] [--rate BYTES] [--one-byte 1]\n"
                    "      [--trouble stall|reset|half-close|flip|cut --way up|down --at BYTES --amount N]\n"
                    "      [--connections N] [--seconds N] [--patience MS]\n");
    return 2;
}

static bool read_trouble(const char *text, struct proxy_faults *faults)
{
    for (int i = 0; i < PROXY_TROUBLES; i++) {
        if (strcmp(text, proxy_trouble_names[i]) == 0) {
            faults->trouble = (enum proxy_trouble)i;
            return true;
        }
    }
    return false;
}

static bool read_option(const char *name, const char *value, struct proxy_options *o)
{
    unsigned long long n = strtoull(value, NULL, 10);
    if (strcmp(name, "--port") == 0)
        o->port = (uint16_t)n;
    else if (strcmp(name, "--seed") == 0)
        o->seed = n;
    else if (strcmp(name, "--draw") == 0)
        o->draw_bytes = n;
    else if (strcmp(name, "--latency") == 0)
        o->faults.latency_ms = (unsigned)n;
    else if (strcmp(name, "--rate") == 0)
        o->faults.rate_bytes = n;
    else if (strcmp(name, "--one-byte") == 0)
        o->faults.one_byte = n != 0;
    else if (strcmp(name, "--way") == 0)
        o->faults.way = strcmp(value, "down") == 0 ? PROXY_DOWN : PROXY_UP;
    else if (strcmp(name, "--at") == 0)
        o->faults.at = n;
    else if (strcmp(name, "--amount") == 0)
        o->faults.amount = (unsigned)n;
    else if (strcmp(name, "--connections") == 0)
        o->connections_max = (unsigned)n;
    else if (strcmp(name, "--seconds") == 0)
        o->seconds_max = (unsigned)n;
    else if (strcmp(name, "--patience") == 0)
        o->patience_ms = (unsigned)n;
    else
        return strcmp(name, "--trouble") == 0 && read_trouble(value, &o->faults);
    return true;
}

int main(int argc, char **argv)
{
    struct proxy_options options = {.seconds_max = 60};

    for (int i = 1; i + 1 < argc; i += 2)
        if (!read_option(argv[i], argv[i + 1], &options))
            return usage();
    if (argc % 2 == 0 || options.port == 0)
        return usage();
    signal(SIGPIPE, SIG_IGN);
    return proxy_run(&options, stdout) == 0 ? 0 : 1;
}
