/* auth: what receipts tell: one of them, and two of one node beside each other (proto/receipts.md 2). */
#include <linli/error.h>
#include <string.h>

#include "auth/receipt.h"

/* Where it stands, or would. */
static size_t said_place(const struct receipt_said *said, const struct receipt_element *element)
{
    size_t low = 0, high = said->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (element_order(&said->at[middle], element) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct receipt_element *receipt_said_find(const struct receipt_said *said, const linli_id *scope, bool subtree)
{
    struct receipt_element name = {.scope = *scope, .subtree = subtree};
    size_t at = said_place(said, &name);

    return at < said->count && element_order(&said->at[at], &name) == 0 ? &said->at[at] : NULL;
}

bool receipt_said_add(struct receipt_said *said, const struct receipt_element *element)
{
    size_t at = said_place(said, element);

    if (said->count == RECEIPT_SAID_MAX)
        return false;
    memmove(&said->at[at + 1], &said->at[at], (said->count - at) * sizeof(*said->at));
    said->at[at] = *element;
    said->count++;
    return true;
}

bool receipt_covers(const struct receipt *x, const struct receipt *y, const linli_id *scopes, size_t count)
{
    struct receipt_said xs, ys;

    receipt_said(x, &xs);
    receipt_said(y, &ys);
    for (size_t i = 0; i < ys.count; i++) {
        const struct receipt_element *less = &ys.at[i], *more = receipt_said_find(&xs, &less->scope, less->subtree);
        bool as_much = more != NULL && more->statements >= less->statements && more->weight >= less->weight;
        for (size_t k = 0; k < count && !as_much; k++)
            if (id_equal(&scopes[k], &less->scope))
                return false;
    }
    return true;
}

/* --- what two of them tell --- */

bool receipt_marks_agree(const struct receipt_mark *x, const struct receipt_mark *y)
{
    if (x->opened == y->opened)
        return x->run == y->run;
    return x->opened < y->opened ? x->number < y->opened : y->number < x->opened;
}

/* One element as the earlier and as the later says it. */
static enum receipt_verdict element_verdict(const struct receipt_element *before, const struct receipt_element *after)
{
    bool bounded = before->statements >= RECEIPT_FULL || after->statements >= RECEIPT_FULL;

    if (after->statements < before->statements)
        return RECEIPTS_RIGHTS_WITHHELD;
    if (after->weight < before->weight)
        return RECEIPTS_RECORDS_WITHHELD;
    bool grew = bounded || after->statements > before->statements || after->weight > before->weight;
    return grew || hash_equal(&after->digest, &before->digest) ? RECEIPTS_AGREE : RECEIPTS_FORKED;
}

/* The first in the order of the table of proto/receipts.md 2, over all that both speak of. */
static enum receipt_verdict said_verdict(const struct receipt_said *before, const struct receipt_said *after)
{
    bool found[RECEIPTS_ANEW] = {false};

    for (size_t b = 0, a = 0; b < before->count && a < after->count;) {
        int order = element_order(&before->at[b], &after->at[a]);
        if (order == 0)
            found[element_verdict(&before->at[b], &after->at[a])] = true;
        b += order <= 0;
        a += order >= 0;
    }
    if (found[RECEIPTS_RIGHTS_WITHHELD])
        return RECEIPTS_RIGHTS_WITHHELD;
    if (found[RECEIPTS_RECORDS_WITHHELD])
        return RECEIPTS_RECORDS_WITHHELD;
    return found[RECEIPTS_FORKED] ? RECEIPTS_FORKED : RECEIPTS_AGREE;
}

enum receipt_verdict receipts_tell(const struct receipt *x, const struct receipt_said *xs, const struct receipt *y,
                                   const struct receipt_said *ys)
{
    if (x->incarnation != y->incarnation)
        return RECEIPTS_ANEW;
    if (x->mark.number == y->mark.number)
        return hash_equal(&x->id, &y->id) ? RECEIPTS_AGREE : RECEIPTS_FORKED;
    if (!receipt_marks_agree(&x->mark, &y->mark))
        return RECEIPTS_ROLLED_BACK;
    return x->mark.number < y->mark.number ? said_verdict(xs, ys) : said_verdict(ys, xs);
}

enum receipt_verdict receipt_compare(const struct receipt *x, const struct receipt *y)
{
    struct receipt_said xs, ys;

    receipt_said(x, &xs);
    receipt_said(y, &ys);
    return receipts_tell(x, &xs, y, &ys);
}
