/* auth: acts, read from the pages held. */
#include "auth/act.h"

static bool same_act(const struct revocation *a, const struct revocation *b)
{
    return id_equal(&a->act, &b->act) && a->pages == b->pages && a->is_kept == b->is_kept &&
           statement_counted_with(&a->head, &b->head);
}

bool act_blunt(const struct acts *acts, const struct revocation *r)
{
    size_t said = 0;

    for (size_t i = 0; i < acts->count && r->is_kept != KEPT_LISTED; i++)
        said += acts->at[i].is_kept != KEPT_LISTED && statement_counted_with(&acts->at[i].head, &r->head);
    return said >= REVOCATIONS_KEPT;
}

bool act_whole(const struct acts *acts, const struct revocation *r)
{
    uint32_t held = 0;

    for (size_t i = 0; i < acts->count; i++)
        if (same_act(&acts->at[i], r))
            held |= 1u << (acts->at[i].page - 1);
    return held == (1u << r->pages) - 1 || act_blunt(acts, r);
}

bool act_keeps(const struct acts *acts, const struct revocation *r, const linli_hash *id)
{
    if (act_blunt(acts, r))
        return false;
    for (size_t i = 0; i < acts->count; i++)
        if (same_act(&acts->at[i], r) && revocation_keeps(&acts->at[i], id))
            return true;
    return false;
}

bool act_cut(const struct acts *acts, const struct revocation *r, const linli_id *scope, uint64_t incarnation,
             struct cut_row *out)
{
    struct cut_row row;
    bool found = false;

    if (act_blunt(acts, r))
        return false;
    for (size_t i = 0; i < acts->count; i++)
        if (same_act(&acts->at[i], r) && revocation_cut(&acts->at[i], scope, incarnation, &row) &&
            (!found || row.seq > out->seq || (row.seq == out->seq && hash_compare(&row.id, &out->id) < 0))) {
            *out = row;
            found = true;
        }
    return found;
}

bool act_closes(const struct acts *acts, const struct revocation *r, uint64_t incarnation)
{
    for (size_t i = 0; i < acts->count; i++)
        if (same_act(&acts->at[i], r) && revocation_closes(&acts->at[i], incarnation))
            return true;
    return false;
}
