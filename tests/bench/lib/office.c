/* bench: see office.h. */
#include "office.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_WRITE = 'w', WORD_CPU = 'c', WORD_MEMORY = 'm', WORD_SESSIONS = 's', WORD_EDIT = 'e' };

static const uint8_t our_key[LINLI_KEY_BYTES] = {2};

struct serving {
    struct office *office;
    linli_store *store;
    linli_node *node;
    linli_id root;
};

static void *serve(void *node)
{
    must(linli_node_run(node), "run");
    return NULL;
}

static void write_side(const struct town *town, linli_store *store, unsigned side)
{
    for (size_t i = 0; i < W2_EACH; i++) {
        struct town_change change = town_change(town, side, i);
        town_edit(store, change.record, change.field, side == 0 ? "by the one" : "by the other");
    }
}

static double answer_word(const struct serving *s, char word)
{
    switch (word) {
    case WORD_WRITE: write_side(&s->office->town, s->store, 0); break;
    case WORD_MEMORY: return own_bytes();
    case WORD_SESSIONS: return (double)linli_node_sessions(s->node);
    case WORD_EDIT:
        town_edit(s->store, town_records(&s->office->town) - TOWN_RECORDS_EACH, TOWN_HEAD_FIELD, "somebody new");
        break;
    default: break;
    }
    return cpu_s();
}

static void answer_words(const struct serving *s, int in, int out)
{
    char word;

    while (hear(in, &word, 1)) {
        double answer = answer_word(s, word);
        say(out, &answer, sizeof(answer));
    }
}

/* The other process: the town, a node on it, an invitation, and then what it is told until nobody tells it anything. */
static void office_run(int in, int out, void *ctx)
{
    struct serving s = {.office = ctx};
    struct linli_node_options options = {.size = sizeof(options), .listen = "127.0.0.1:0"};
    struct linli_invite invite = {.role = LINLI_NODE, .name = "Made-up Node", .address_count = 1};
    pthread_t thread;
    double used;

    options.sessions_max = s.office->sessions_max;
    town_store(&s.office->town, s.office->dir_there, &s.store, &s.root);
    must(linli_node_new(s.store, &options, &s.node), "node");
    const char *address = linli_node_address(s.node);
    invite.scope = s.root;
    invite.addresses = &address;
    must(linli_invite_create(s.store, &invite, s.office->uri), "invite");
    s.office->port = (unsigned)strtoul(strrchr(address, ':') + 1, NULL, 10);
    must(pthread_create(&thread, NULL, serve, s.node), "thread");
    used = cpu_s();
    say(out, s.office->uri, sizeof(s.office->uri));
    say(out, &s.office->port, sizeof(s.office->port));
    say(out, &used, sizeof(used));
    answer_words(&s, in, out);
    linli_node_stop(s.node);
    pthread_join(thread, NULL);
    linli_node_free(s.node);
    linli_store_close(s.store);
}

void office_start(struct office *o)
{
    bench_dir(o->base);
    snprintf(o->dir_there, sizeof(o->dir_there), "%s/there", o->base);
    snprintf(o->dir_here, sizeof(o->dir_here), "%s/here", o->base);
    o->other = other_start(office_run, o);
    other_hear(&o->other, o->uri, sizeof(o->uri));
    other_hear(&o->other, &o->port, sizeof(o->port));
    other_hear(&o->other, &o->cpu_before, sizeof(o->cpu_before));
}

void office_join(struct office *o, struct linli_session_report *report)
{
    struct linli_options options = {.size = sizeof(options), .key = our_key, .dir = o->dir_here, .map_bytes = town_map_bytes(&o->town)};

    must(linli_join(&options, o->uri, "made-up device", NULL, report, &o->store), "join");
    must_be(report->settled, "the first sync did not settle");
}

static double ask(struct office *o, char word)
{
    double used;

    other_say(&o->other, word);
    other_hear(&o->other, &used, sizeof(used));
    return used;
}

void office_write_apart(struct office *o)
{
    write_side(&o->town, o->store, 1);
    (void)ask(o, WORD_WRITE);
}

void office_meet(struct office *o, struct linli_session_report *report)
{
    must(linli_sync(o->store, "127.0.0.1", o->port, NULL, report), "sync");
    must_be(report->settled, "it did not settle");
}

double office_cpu_s(struct office *o)
{
    return ask(o, WORD_CPU) - o->cpu_before;
}

double office_own_bytes(struct office *o)
{
    return ask(o, WORD_MEMORY);
}

size_t office_sessions(struct office *o)
{
    return (size_t)ask(o, WORD_SESSIONS);
}

void office_edit(struct office *o)
{
    (void)ask(o, WORD_EDIT);
}

double office_restart_s(struct office *o)
{
    struct linli_options options = {.size = sizeof(options), .key = our_key, .dir = o->dir_here};
    struct linli_node_options node_options = {.size = sizeof(node_options), .listen = "127.0.0.1:0"};
    linli_node *node = NULL;

    linli_store_close(o->store);
    double start = now_s();
    must(linli_store_open(&options, &o->store), "open");
    must(linli_node_new(o->store, &node_options, &node), "node");
    double took = now_s() - start;
    linli_node_free(node);
    return took;
}

void office_end(struct office *o)
{
    linli_store_close(o->store);
    (void)other_end(&o->other);
    bench_dir_remove(o->base);
}

void figures_of(const struct linli_session_report *report)
{
    figure("seconds", report->seconds);
    figure("bytes", (double)(report->in.bytes + report->out.bytes));
    figure("round_trips", report->round_trips);
}
