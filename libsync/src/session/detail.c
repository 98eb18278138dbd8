/* session: the detail of a scope, to and from bytes (proto/session.md 2, kind 3). */
#include <linli/error.h>

#include "session/fields.h"

void detail_head_next(struct list *list, struct detail_head *out)
{
    if (reader_array(&list->at, 4) != 4)
        reader_fail(&list->at);
    read_author(&list->at, &out->author);
    out->seq = reader_uint(&list->at, UINT64_MAX - LIMIT_RUN_CHANGESETS);
    reader_fixed(&list->at, out->id.b, HASH_BYTES);
    out->frozen = reader_bool(&list->at);
}

void detail_grant_next(struct list *list, linli_hash *out)
{
    reader_fixed(&list->at, out->b, HASH_BYTES);
}

void detail_child_next(struct list *list, struct detail_child *out)
{
    if (reader_array(&list->at, 2) != 2)
        reader_fail(&list->at);
    reader_fixed(&list->at, out->nonce, sizeof(out->nonce));
    reader_fixed(&list->at, out->digest.b, HASH_BYTES);
}

static void read_path(struct reader *r, struct scope_path *out)
{
    out->depth = reader_array(r, LIMIT_SCOPE_DEPTH - 1);
    for (size_t i = 0; i < out->depth; i++)
        reader_fixed(r, out->nonce[i], sizeof(out->nonce[i]));
}

/* Take one list, and walk it once so that later walks cannot fail. */
static void read_list(struct fields *f, uint64_t key, struct list *list)
{
    struct detail_head head;
    struct detail_child child;
    linli_hash id;

    fields_list(f, list);
    struct list walk = *list;
    for (size_t i = 0; i < list->count && walk.at.failed == LINLI_OK; i++) {
        if (key == 4)
            detail_head_next(&walk, &head);
        else if (key == 5)
            detail_grant_next(&walk, &id);
        else
            detail_child_next(&walk, &child);
    }
    fields_walked(f, &walk);
}

int detail_decode(span body, struct detail *out)
{
    struct fields f;
    uint64_t key;

    *out = (struct detail){0};
    fields_start(&f, body);
    while (fields_next(&f, &key)) {
        switch (key) {
        case 1: read_path(&f.r, &out->path); break;
        case 2: out->subtree = reader_bool(&f.r); break;
        case 3: reader_fixed(&f.r, out->digest.b, HASH_BYTES); break;
        case 4: read_list(&f, key, &out->heads); break;
        case 5: read_list(&f, key, &out->grants); break;
        case 7: read_list(&f, key, &out->children); break;
        case 8: out->more = reader_bool(&f.r); break;
        default: fields_skip(&f); break;
        }
    }
    return fields_end(&f, FIELD(1) | FIELD(2) | FIELD(3));
}

int detail_encode_empty(struct buf *out, const struct scope_path *path, bool subtree)
{
    static const linli_hash none;

    write_array(out, 2);
    write_uint(out, MESSAGE_DETAIL);
    write_map(out, 3);
    write_uint(out, 1);
    path_write(out, path);
    write_uint(out, 2);
    write_bool(out, subtree);
    write_uint(out, 3);
    write_bin(out, none.b, HASH_BYTES);
    return out->failed;
}
