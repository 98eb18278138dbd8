/*
 * replica: what those who make keys and those who hand them on share: a scope as far as keys go, who may open what is sealed in
 * it (proto/sealing.md 4), its epochs, and a new one.
 */
#ifndef LINLI_REPLICA_ENTITLED_H
#define LINLI_REPLICA_ENTITLED_H

#include "replica/internal.h"

/* One scope, as far as keys go. */
struct key_place {
    uint32_t number;
    struct scope_row row;
    struct scope_path path;
    linli_id above;              /* its parent's id */
    enum linli_scope_kind kind;
};
int key_place_read(struct work *w, uint32_t number, struct key_place *out);
int key_place_manage(struct work *w, const struct key_place *p, bool *may); /* may this device manage there? */

/* A device, and the classes that it may open. */
struct entitled {
    uint8_t device[KEY_BYTES], seal[DH_BYTES];
    unsigned mask;
};
struct entitled_list {
    struct work *w;
    struct entitled *at;
    size_t count, room;
    int failed;
};
/* Yours: mem_free of its `at`, in every case. */
int entitled_find(struct work *w, const struct key_place *p, struct entitled_list *out);
/* Add this device, with the classes that its grants open anywhere above: who makes keys has had them. */
int entitled_self_add(struct entitled_list *list, const struct key_place *p);
bool entitled_is_self(const struct replica *r, const struct entitled *e);
bool entitled_self_among(const struct replica *r, const struct entitled_list *list);

struct epochs {
    struct work *w;
    const struct key_place *place;
    struct known_epoch {
        linli_id record;
        uint64_t epoch;
    } * at;
    size_t count, room;
    int failed;
};
int epochs_find(struct work *w, const struct key_place *p, struct epochs *out); /* the same */

/* --- keys_make.c --- */
/* A new epoch. The ring has it when this is done: it is learned like anybody's. */
int epoch_make(struct work *w, const struct key_place *p, uint64_t number);
/* Wrap the keys in `ours` for each of the list; `has`: the classes that each has already (NULL: none). */
int wraps_commit(struct work *w, const struct key_place *p, const linli_id *record, const struct entitled_list *list,
                 unsigned ours, const seal_keys keys, const unsigned *has, struct edit *e);

#endif
