/* crash tests: what was acknowledged, and whether a store has it. */
#include "crash.h"

#include <stdlib.h>
#include <string.h>

#include "fields.h"

static struct held *slot_of(struct ledger *ledger, const struct ack *ack)
{
    if (ack->slot < ledger->count)
        return &ledger->at[ack->slot];
    if (ack->slot != ledger->count)
        broken("an acknowledgement names slot %u of %zu", ack->slot, ledger->count);
    if (ledger->count == ledger->room) {
        ledger->room = ledger->room * 2 + 64;
        ledger->at = realloc(ledger->at, ledger->room * sizeof(*ledger->at));
        if (ledger->at == NULL)
            broken("out of memory");
    }
    struct held *held = &ledger->at[ledger->count++];
    *held = (struct held){.record = ack->record};
    return held;
}

void ledger_add(struct ledger *ledger, const struct ack *ack)
{
    if (ack->kind != ACK_HEAD && ack->kind != ACK_REMARK)
        return;
    struct held *held = slot_of(ledger, ack);
    ledger->acked++;
    if (ack->kind == ACK_HEAD)
        held->head = ack->number;
    else if (held->remark_count < REMARKS_MAX)
        held->remarks[held->remark_count++] = ack->number;
}

void ledger_copy(struct ledger *to, const struct ledger *from)
{
    ledger_clear(to);
    *to = *from;
    to->room = to->count;
    to->at = malloc(to->count * sizeof(*to->at) + 1);
    if (to->at == NULL)
        broken("out of memory");
    if (from->count > 0)
        memcpy(to->at, from->at, from->count * sizeof(*to->at));
}

void ledger_clear(struct ledger *ledger)
{
    free(ledger->at);
    *ledger = (struct ledger){0};
}

/* The number in a text such as "w17"; 0 when it is none. */
static uint32_t number_of(const struct linli_value *value)
{
    char text[16] = "";

    if (value->kind != LINLI_KIND_TEXT || value->bytes.size < 2 || value->bytes.size >= sizeof(text))
        return 0;
    memcpy(text, value->bytes.at, value->bytes.size);
    return (uint32_t)strtoul(text + 1, NULL, 10);
}

static bool shows_head(const linli_record *record, uint32_t least)
{
    const struct linli_reading *reading = linli_record_field(record, HOUSEHOLD_HEAD);

    return reading != NULL && number_of(&reading->value) >= least;
}

static bool shows_remark(const linli_record *record, uint32_t number)
{
    const struct linli_reading *reading = linli_record_field(record, HOUSEHOLD_REMARKS);

    for (size_t i = 0; reading != NULL && i < reading->count; i++)
        if (number_of(&reading->values[i]) == number)
            return true;
    return false;
}

bool ack_there(linli_store *store, const struct ack *ack)
{
    linli_record *record = NULL;

    if (linli_record_get(store, &ack->record, &record) != LINLI_OK)
        return false;
    bool there = ack->kind == ACK_HEAD ? shows_head(record, ack->number) : shows_remark(record, ack->number);
    linli_record_free(record);
    return there;
}

uint64_t ledger_lost(const struct ledger *ledger, linli_store *store, const char *what)
{
    uint64_t lost = 0;

    for (size_t i = 0; i < ledger->count; i++) {
        const struct held *held = &ledger->at[i];
        linli_record *record = NULL;
        int rv = linli_record_get(store, &held->record, &record);
        uint64_t here = rv != LINLI_OK || !shows_head(record, held->head);
        for (unsigned k = 0; k < held->remark_count; k++)
            here += rv != LINLI_OK || !shows_remark(record, held->remarks[k]);
        linli_record_free(record);
        if (here > 0 && lost == 0)
            printf("    %s: household %zu (%s) lacks write %u\n", what, i, linli_code_name(rv), held->head);
        lost += here;
    }
    return lost;
}

void ledger_must_hold(const struct ledger *ledger, linli_store *store, const char *what)
{
    uint64_t lost = ledger_lost(ledger, store, what);

    if (lost > 0)
        broken("%s: %llu acknowledged writes are lost", what, (unsigned long long)lost);
}
