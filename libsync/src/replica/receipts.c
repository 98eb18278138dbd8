/* replica: receipts kept, in notes, so that what contradicts them is noticed by whoever has heard them: reading them. */
#include "replica/receipts.h"

#include <string.h>

#include "replica/internal.h"

enum { CONFIRMED_BYTES = 3 * 8 + HASH_BYTES };

void receipt_key(const struct receipt *r, uint8_t out[RECEIPT_KEY_BYTES])
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

static bool load_one(void *ctx, span key, span told)
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
    if (l->failed == LINLI_OK && receipt_told_decode(told, &list->at[list->count]) != LINLI_OK)
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

/* --- whose are most --- */

struct crowding {
    struct note_crowd *out;
    uint8_t node[KEY_BYTES];
    size_t rows; /* of that node */
    int failed;
};

static bool crowd_one(void *ctx, span key, span value)
{
    struct crowding *c = ctx;

    (void)value;
    if (key.size < KEY_BYTES) {
        c->failed = LINLI_E_CORRUPT;
        return false;
    }
    c->rows = memcmp(key.at, c->node, KEY_BYTES) == 0 ? c->rows + 1 : 1; /* keys rise */
    memcpy(c->node, key.at, KEY_BYTES);
    c->out->count++;
    if (c->rows > c->out->most) {
        c->out->most = c->rows;
        memcpy(c->out->node, c->node, KEY_BYTES);
    }
    return true;
}

int notes_crowd(struct store_txn *txn, char kind, struct note_crowd *out)
{
    struct crowding c = {.out = out};

    *out = (struct note_crowd){.count = 0};
    int rv = note_each(txn, kind, crowd_one, &c);
    return rv == LINLI_OK ? c.failed : rv;
}

/* --- the last that was given to us --- */

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
