/* crash tests: a user of one store, whose every write is known by a number. */
#include "crash.h"

#include <string.h>

#include "fields.h"

enum { GROUP_SIZE = 4 };

static void pend(struct writer *w, enum ack_kind kind, size_t slot, const linli_id *record)
{
    w->pending[w->pending_count++] =
        (struct ack){.kind = kind, .number = w->number, .slot = (uint32_t)slot, .record = *record};
}

static int text_set(linli_txn *txn, const linli_id *record, linli_span token, linli_field field, uint32_t number)
{
    char text[16];

    snprintf(text, sizeof(text), "w%u", number);
    struct linli_value value = linli_text(text);
    return linli_record_set(txn, record, token, field, &value);
}

/* A household nobody has heard of; `ahead`: how many this step makes before it. */
static int add_household(struct writer *w, linli_txn *txn, size_t ahead, linli_id *id)
{
    int rv = linli_record_create(txn, &w->scope, HOUSEHOLD, id);

    w->number++;
    if (rv == LINLI_OK)
        rv = text_set(txn, id, (linli_span){NULL, 0}, HOUSEHOLD_HEAD, w->number);
    if (rv == LINLI_OK)
        pend(w, ACK_HEAD, w->ledger->count + ahead, id);
    return rv;
}

static int edit_household(struct writer *w, linli_txn *txn, size_t slot)
{
    const struct held *held = &w->ledger->at[slot];
    bool remark = held->remark_count < REMARKS_MAX && random_below(&w->random, 4) == 0;
    linli_record *record = NULL;
    int rv = linli_record_get(w->store, &held->record, &record);

    w->number++;
    if (rv == LINLI_OK)
        rv = text_set(txn, &held->record, linli_record_token(record), remark ? HOUSEHOLD_REMARKS : HOUSEHOLD_HEAD,
                      w->number);
    if (rv == LINLI_OK)
        pend(w, remark ? ACK_REMARK : ACK_HEAD, slot, &held->record);
    linli_record_free(record);
    return rv;
}

/* One write gathered; `step` keeps the writes of a group on different households. */
static int gather(struct writer *w, size_t start, size_t step, size_t *made, linli_txn **out)
{
    linli_txn *txn = NULL;
    linli_id id;
    int rv = linli_txn_begin(w->store, &txn);

    if (rv != LINLI_OK)
        return rv;
    if (w->ledger->count < GROUP_SIZE || random_below(&w->random, 3) == 0)
        rv = add_household(w, txn, (*made)++, &id);
    else
        rv = edit_household(w, txn, (start + step) % w->ledger->count);
    if (rv == LINLI_OK)
        *out = txn;
    else
        linli_txn_abort(txn);
    return rv;
}

static int group(struct writer *w, size_t count)
{
    linli_txn *txns[GROUP_SIZE] = {NULL};
    size_t start = (size_t)random_below(&w->random, w->ledger->count + 1), made = 0;
    int rv = LINLI_OK;

    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        rv = gather(w, start, i, &made, &txns[i]);
    if (rv == LINLI_OK)
        return count == 1 ? linli_txn_commit(txns[0], NULL) : linli_txn_commit_group(txns, count, NULL);
    for (size_t i = 0; i < count; i++)
        linli_txn_abort(txns[i]);
    return rv;
}

/* Many households with a resident each in one commit. The people are made up. */
static int import(struct writer *w)
{
    linli_txn *txn = NULL;
    struct linli_value name = linli_text("made-up person"), home;
    int rv = linli_txn_begin(w->store, &txn);

    for (size_t i = 0; i < IMPORT_HOUSEHOLDS && rv == LINLI_OK; i++) {
        linli_id household, resident;
        rv = add_household(w, txn, i, &household);
        if (rv == LINLI_OK)
            rv = linli_record_create(txn, &w->scope, RESIDENT, &resident);
        home = linli_ref(&household);
        if (rv == LINLI_OK)
            rv = linli_record_set(txn, &resident, (linli_span){NULL, 0}, RESIDENT_HOUSEHOLD, &home);
        if (rv == LINLI_OK)
            rv = linli_record_set(txn, &resident, (linli_span){NULL, 0}, RESIDENT_NAME, &name);
    }
    if (rv == LINLI_OK)
        return linli_txn_commit(txn, NULL);
    linli_txn_abort(txn);
    return rv;
}

int writer_step(struct writer *w)
{
    uint64_t choice = random_below(&w->random, 12);
    bool imports = choice < 2 && !w->groups_only;
    int rv;

    w->pending_count = 0;
    if (w->doing != NULL)
        *w->doing = imports ? DOING_IMPORTING : DOING_EDITING;
    if (imports)
        rv = import(w);
    else
        rv = group(w, choice < 5 ? GROUP_SIZE : 1);
    if (rv != LINLI_OK)
        return rv;
    if (w->tell != NULL)
        w->tell(w->ctx, w->pending, w->pending_count);
    for (size_t i = 0; i < w->pending_count; i++)
        ledger_add(w->ledger, &w->pending[i]);
    return LINLI_OK;
}
