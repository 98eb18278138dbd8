/*
 * golden: what two replicas say to each other, in clear, kept so that every later version must understand it.
 *
 *   transcript record NODE CAPTAIN OUT    the captain's store meets the node's; a line a message: who says it, and its bytes
 *   transcript replay STORE SIDE FILE     what the other side said goes into this side's store as it stood before they met
 */
#include <linli/linli.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handle.h"
#include "base/check.h"
#include "node/internal.h"
#include "session/message.h"

enum { NODE = '<', CAPTAIN = '>' };

static linli_store *store_at(const char *dir)
{
    struct linli_options options = {.size = sizeof(options), .dir = dir};
    uint8_t key[LINLI_KEY_BYTES];
    char path[1024];
    linli_store *store = NULL;

    snprintf(path, sizeof(path), "%s/store.key", dir);
    FILE *file = fopen(path, "rb");
    ALWAYS(file != NULL && fread(key, 1, sizeof(key), file) == sizeof(key) && fclose(file) == 0);
    options.key = key;
    int rv = linli_store_open(&options, &store);
    if (rv != LINLI_OK) {
        fprintf(stderr, "%s: %s\n", dir, linli_code_name(rv));
        exit(1);
    }
    return store;
}

/* --- record --- */

static struct {
    pthread_mutex_t lock;
    const struct replica *node;
    FILE *out;
} recording = {.lock = PTHREAD_MUTEX_INITIALIZER};

int __real_wire_send(struct peer *p, enum frame_stream stream, span message);
int __wrap_wire_send(struct peer *p, enum frame_stream stream, span message);
int __wrap_wire_send(struct peer *p, enum frame_stream stream, span message)
{
    char *text = malloc(2 * message.size + 1);

    ALWAYS(text != NULL);
    hex_encode(message.at, message.size, text);
    pthread_mutex_lock(&recording.lock);
    fprintf(recording.out, "%c %s\n", p->node->host.replica == recording.node ? NODE : CAPTAIN, text);
    pthread_mutex_unlock(&recording.lock);
    free(text);
    return __real_wire_send(p, stream, message);
}

static void *serve(void *node)
{
    ALWAYS(linli_node_run(node) == LINLI_OK);
    return NULL;
}

static int record(const char *node_dir, const char *captain_dir, const char *out)
{
    linli_store *office = store_at(node_dir), *captain = store_at(captain_dir);
    struct linli_node_options options = {.size = sizeof(options), .listen = "127.0.0.1:0"};
    struct linli_session_report report;
    linli_node *node = NULL;
    pthread_t thread;

    recording.node = office->replica;
    recording.out = fopen(out, "w");
    ALWAYS(recording.out != NULL && linli_node_new(office, &options, &node) == LINLI_OK);
    unsigned port = (unsigned)strtoul(strrchr(linli_node_address(node), ':') + 1, NULL, 10);
    ALWAYS(pthread_create(&thread, NULL, serve, node) == 0);
    int rv = linli_sync(captain, "127.0.0.1", port, NULL, &report);
    linli_node_stop(node);
    pthread_join(thread, NULL);
    linli_node_free(node);
    linli_store_close(captain);
    linli_store_close(office);
    return fclose(recording.out) == 0 && rv == LINLI_OK && report.settled ? 0 : 1;
}

/* --- replay --- */

struct taken { /* to show that the transcript was worth its bytes */
    size_t messages, runs, advanced, grants;
    linli_hash settled;
};

static int take_run(struct replica *r, span body, struct taken *taken)
{
    struct arena a = {0};
    struct run_head head;
    struct ingested done = {.outcome = INGEST_STORED};
    int code = LINLI_OK;
    int rv = run_message_decode(&a, body, &head);

    if (rv == LINLI_OK)
        rv = replica_ingest(r, &head.run, 1, &done, &code);
    arena_free(&a);
    taken->runs++;
    taken->advanced += done.advanced;
    return rv == LINLI_OK ? code : rv;
}

static int take_grants(struct replica *r, span body, struct taken *taken)
{
    span list, certificates[64];
    struct reader reader;
    size_t added = 0;
    int rv = grants_decode(body, &list);

    if (rv != LINLI_OK)
        return rv;
    reader_start(&reader, list);
    size_t count = reader_array(&reader, 64);
    for (size_t i = 0; i < count; i++)
        certificates[i] = reader_bin(&reader, LIMIT_GRANT_BYTES);
    rv = reader_end(&reader);
    if (rv == LINLI_OK)
        rv = replica_grants_add(r, certificates, count, &added);
    taken->grants += count;
    return rv;
}

static int take_part(struct replica *r, span body)
{
    struct part_message part;
    int rv = part_message_decode(body, &part);

    return rv == LINLI_OK ? replica_part_fill(r, &part.scope, &part.author, part.seq, part.part, part.bytes) : rv;
}

static int take_settle(span body, struct taken *taken)
{
    struct settle settle;
    int rv = settle_decode(body, &settle);

    taken->settled = settle.digest;
    return rv;
}

static int take_receipt(span body)
{
    struct receipt receipt;
    span certificate;
    int rv = receipt_message_decode(body, &certificate);

    if (rv == LINLI_OK && certificate.size > 0)
        rv = receipt_decode(certificate, &receipt);
    return rv == LINLI_OK && certificate.size > 0 ? receipt_verify(&receipt) : rv;
}

/* Every kind that stands in the transcript has a reader here: one that is gone would be a language that nobody speaks any more. */
static int take(struct replica *r, span message, struct taken *taken)
{
    struct hello hello;
    struct list list, wants;
    struct detail detail;
    struct ask ask;
    uint64_t kind, number;
    struct heard_receipts heard;
    span body;
    int rv = message_open(message, &kind, &body);

    taken->messages++;
    if (rv != LINLI_OK)
        return rv;
    switch (kind) {
    case MESSAGE_HELLO: return hello_decode(body, &hello);
    case MESSAGE_SUMMARY: return summary_decode(body, &list, &wants);
    case MESSAGE_DETAIL: return detail_decode(body, &detail);
    case MESSAGE_GRANTS: return take_grants(r, body, taken);
    case MESSAGE_RUN: return take_run(r, body, taken);
    case MESSAGE_ASK: return ask_decode(body, &ask);
    case MESSAGE_PART: return take_part(r, body);
    case MESSAGE_CREDIT: return credit_decode(body, &number);
    case MESSAGE_SENT: return sent_decode(body, &number);
    case MESSAGE_SETTLE: return take_settle(body, taken);
    case MESSAGE_RECEIPT: return take_receipt(body);
    case MESSAGE_HEARD: return heard_decode(body, &heard);
    case MESSAGE_BYE: return bye_decode(body, &number);
    case MESSAGE_WHO: return LINLI_OK;
    default: return LINLI_E_PROTOCOL;
    }
}

static int replay(const char *dir, char side, const char *path)
{
    linli_store *store = store_at(dir);
    struct taken taken = {0};
    static char line[2 * LIMIT_MESSAGE_BYTES + 8];
    static uint8_t message[LIMIT_MESSAGE_BYTES];
    FILE *in = fopen(path, "r");
    int rv = in == NULL ? LINLI_E_DISK : LINLI_OK;

    while (rv == LINLI_OK && fgets(line, sizeof(line), in) != NULL) {
        size_t digits = strcspn(line, "\n") - 2;
        if (line[0] == side)
            continue;
        ALWAYS(hex_decode(line + 2, digits, message, digits / 2) == LINLI_OK);
        rv = take(store->replica, span_of(message, digits / 2), &taken);
        if (rv != LINLI_OK)
            fprintf(stderr, "message %zu: %s\n", taken.messages, linli_code_name(rv));
    }
    if (in != NULL)
        fclose(in);
    linli_store_close(store);
    char settled[2 * HASH_BYTES + 1];
    hex_encode(taken.settled.b, HASH_BYTES, settled);
    printf("%zu messages, %zu runs, %zu changesets taken in, %zu grants, settled on %s\n", taken.messages, taken.runs,
           taken.advanced, taken.grants, settled);
    return rv == LINLI_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "record") == 0)
        return record(argv[2], argv[3], argv[4]);
    if (argc == 5 && strcmp(argv[1], "replay") == 0)
        return replay(argv[2], strcmp(argv[3], "node") == 0 ? NODE : CAPTAIN, argv[4]);
    fprintf(stderr, "transcript record NODE CAPTAIN OUT | transcript replay STORE node|captain FILE\n");
    return 2;
}
