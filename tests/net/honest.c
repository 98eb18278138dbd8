/* tests: an honest member: an edit, a sync, and how long the sync took, again and again. */
#include "crowd.h"

#include <stdlib.h>
#include <time.h>

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int crowd_edit(linli_store *store, const linli_id *scope, unsigned n)
{
    const struct linli_schema_type *type = linli_schema_type_by_name("household");
    const struct linli_schema_field *room = linli_schema_field_by_name(type, "room");
    linli_txn *txn = NULL;
    char text[16];
    linli_id id;

    (void)snprintf(text, sizeof(text), "%u", n);
    struct linli_value value = linli_text(text);
    int rv = linli_txn_begin(store, &txn);
    if (rv != LINLI_OK)
        return rv;
    rv = linli_record_create(txn, scope, type->number, &id);
    if (rv == LINLI_OK)
        rv = linli_record_set(txn, &id, (linli_span){0}, room->number, &value);
    if (rv == LINLI_OK)
        return linli_txn_commit(txn, NULL);
    linli_txn_abort(txn);
    return rv;
}

int crowd_honest(const struct crowd *c)
{
    double *times = calloc(c->total + 1, sizeof(*times)), end_ms = now_ms() + c->ms;
    struct linli_sync_options options = {.size = sizeof(options), .timeout_ms = 10000};
    struct linli_status status;
    linli_store *store = NULL;
    unsigned count = 0, failed = 0, first_fault = 0;
    int rv = times == NULL ? LINLI_E_NOMEM : crowd_open_store(c, &store);

    if (rv == LINLI_OK)
        rv = linli_store_status(store, &status);
    for (unsigned n = 0; rv == LINLI_OK && n < c->total && now_ms() < end_ms; n++) {
        rv = crowd_edit(store, &status.scope, n);
        double began = now_ms();
        int code = rv == LINLI_OK ? linli_sync(store, "127.0.0.1", c->port, &options, NULL) : rv;
        double took = now_ms() - began;
        if (code != LINLI_OK) {
            first_fault = first_fault == 0 ? (unsigned)code : first_fault;
            failed++;
        }
        times[count++] = took;
        if (c->rate != 0 && took < 1000.0 / c->rate)
            crowd_pause_ms((unsigned)(1000.0 / c->rate - took));
    }
    linli_store_close(store);
    printf("{\"failed\":%u,\"fault\":\"%s\",\"times\":[", failed, failed == 0 ? "" : linli_code_name((int)first_fault));
    for (unsigned i = 0; i < count; i++)
        printf("%s%.2f", i == 0 ? "" : ",", times[i]);
    printf("]}\n");
    free(times);
    if (rv != LINLI_OK)
        fprintf(stderr, "crowd: %s\n", linli_code_name(rv));
    return rv == LINLI_OK ? 0 : 1;
}
