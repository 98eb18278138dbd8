/* replica: receipts kept: of each node a few, in notes, so that what contradicts them is noticed by whoever has heard them. */
#include "replica/receipts.h"

#include <string.h>

#include "replica/internal.h"

enum {
    RECEIPT_KEY_BYTES = KEY_BYTES + 8 + 8, CONFIRMED_BYTES = 3 * 8 + HASH_BYTES,
    NUMBERS_MAX = 4, INCARNATIONS_MAX = 4, /* of one incarnation; of one node */
    RECEIPTS_MAX = 4096                    /* in all: past that, what was issued longest ago goes */
};

static void key_make(const struct receipt *r, uint8_t out[RECEIPT_KEY_BYTES])
{
    memcpy(out, r->node, KEY_BYTES);
    be64_put(out + KEY_BYTES, r->incarnation);
    be64_put(out + KEY_BYTES + 8, r->mark.number);
}

/* --- reading --- */

struct loading {
    const uint8_t *node;
    struct receipt_list *list;
    int failed;
};

static bool load_one(void *ctx, span key, span certificate)
{
    struct loading *l = ctx;
    struct receipt_list *list = l->list;

    if (key.size != RECEIPT_KEY_BYTES) {
        l->failed = LINLI_E_CORRUPT;
        return false;
    }
    if (l->node != NULL && memcmp(key.at, l->node, KEY_BYTES) != 0)
        return true;
    l->failed = mem_grow(&list->at, &list->room, list->count + 1, sizeof(*list->at));
    if (l->failed == LINLI_OK && receipt_decode(certificate, &list->at[list->count]) != LINLI_OK)
        l->failed = LINLI_E_CORRUPT;
    list->count += l->failed == LINLI_OK;
    return l->failed == LINLI_OK;
}

int receipts_load(struct store_txn *txn, const uint8_t node[KEY_BYTES], struct receipt_list *out)
{
    struct loading l = {.node = node, .list = out};

    *out = (struct receipt_list){.at = NULL};
    int rv = note_each(txn, NOTE_RECEIPT, load_one, &l);
    return rv == LINLI_OK ? l.failed : rv;
}

void receipts_free(struct receipt_list *list)
{
    mem_free(list->at);
    *list = (struct receipt_list){.at = NULL};
}

static bool same_story(const struct receipt *a, const struct receipt *b)
{
    return memcmp(a->node, b->node, KEY_BYTES) == 0 && a->incarnation == b->incarnation;
}

bool receipts_top(const struct receipt_list *list, size_t i)
{
    return i + 1 == list->count || !same_story(&list->at[i], &list->at[i + 1]);
}

/* --- keeping --- */

static int drop(struct store_txn *txn, const struct receipt *r)
{
    uint8_t key[RECEIPT_KEY_BYTES];

    key_make(r, key);
    return note_delete(txn, NOTE_RECEIPT, span_of(key, sizeof(key)));
}

/* Which goes first, of more than NUMBERS_MAX of one incarnation: the lowest but for the last that was given to us. */
static int incarnation_trim(struct store_txn *txn, const struct receipt *first, size_t count)
{
    struct confirmed ours;

    if (count <= NUMBERS_MAX)
        return LINLI_OK;
    int rv = confirmed_get(txn, first->node, &ours);
    if (rv != LINLI_OK && rv != LINLI_E_NOT_FOUND)
        return rv;
    bool keep = rv == LINLI_OK && ours.incarnation == first->incarnation && ours.number == first->mark.number;
    return drop(txn, keep ? first + 1 : first);
}

static int node_trim(struct store_txn *txn, const struct receipt_list *list)
{
    size_t from = 0, incarnations = 0, oldest = 0, oldest_count = 0;
    uint64_t oldest_ms = UINT64_MAX;
    int rv = LINLI_OK;

    for (size_t i = 0; i < list->count && rv == LINLI_OK; i++) {
        if (!receipts_top(list, i))
            continue;
        rv = incarnation_trim(txn, &list->at[from], i + 1 - from);
        incarnations++;
        if (list->at[i].issued_ms < oldest_ms) {
            oldest_ms = list->at[i].issued_ms;
            oldest = from;
            oldest_count = i + 1 - from;
        }
        from = i + 1;
    }
    for (size_t i = 0; incarnations > INCARNATIONS_MAX && i < oldest_count && rv == LINLI_OK; i++) {
        rv = drop(txn, &list->at[oldest + i]);
        rv = rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* it went as one too many of its incarnation */
    }
    return rv;
}

static int all_trim(struct store_txn *txn)
{
    struct receipt_list list;
    size_t oldest = 0;
    int rv = receipts_load(txn, NULL, &list);

    for (size_t i = 1; i < list.count; i++)
        if (list.at[i].issued_ms < list.at[oldest].issued_ms)
            oldest = i;
    if (rv == LINLI_OK && list.count > RECEIPTS_MAX)
        rv = drop(txn, &list.at[oldest]);
    receipts_free(&list);
    return rv;
}

int receipt_put(struct work *w, const struct receipt *r)
{
    uint8_t key[RECEIPT_KEY_BYTES];
    struct receipt_list list;

    key_make(r, key);
    int rv = note_put(w->txn, NOTE_RECEIPT, span_of(key, sizeof(key)), r->certificate);
    if (rv != LINLI_OK)
        return rv;
    rv = receipts_load(w->txn, r->node, &list);
    if (rv == LINLI_OK)
        rv = node_trim(w->txn, &list);
    receipts_free(&list);
    return rv == LINLI_OK ? all_trim(w->txn) : rv;
}

int confirmed_get(struct store_txn *txn, const uint8_t node[KEY_BYTES], struct confirmed *out)
{
    span value;
    int rv = note_get(txn, NOTE_CONFIRMED, span_of(node, KEY_BYTES), &value);

    if (rv != LINLI_OK)
        return rv;
    if (value.size != CONFIRMED_BYTES)
        return LINLI_E_CORRUPT;
    *out = (struct confirmed){be64_get(value.at), be64_get(value.at + 8), be64_get(value.at + 16), {{0}}};
    memcpy(out->settled.b, value.at + 24, HASH_BYTES);
    return LINLI_OK;
}

int confirmed_put(struct store_txn *txn, const uint8_t node[KEY_BYTES], const struct confirmed *confirmed)
{
    uint8_t value[CONFIRMED_BYTES];

    be64_put(value, confirmed->incarnation);
    be64_put(value + 8, confirmed->number);
    be64_put(value + 16, confirmed->received_ms);
    memcpy(value + 24, confirmed->settled.b, HASH_BYTES);
    return note_put(txn, NOTE_CONFIRMED, span_of(node, KEY_BYTES), span_of(value, sizeof(value)));
}

bool receipt_node_grant(struct store_txn *txn, const uint8_t node[KEY_BYTES], size_t *i, struct grant *out, int *rv)
{
    span ids, certificate;
    linli_hash id;

    *rv = authority_of_device(txn, node, &ids);
    while (*rv == LINLI_OK && *i < ids.size / HASH_BYTES) {
        memcpy(id.b, ids.at + (*i)++ * HASH_BYTES, HASH_BYTES);
        *rv = grant_row_get(txn, &id, &certificate);
        if (*rv == LINLI_OK)
            *rv = grant_decode(certificate, out);
        if (*rv == LINLI_OK && out->role == ROLE_NODE)
            return true;
    }
    return false;
}
