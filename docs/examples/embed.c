/* Linli in an afternoon: open a store, save a visit with no network, read it back, meet another replica. */
#include <linli/linli.h>
#include <stdio.h>
#include <stdlib.h>

static bool show(void *ctx, const linli_record *visit)
{
    const struct linli_reading *note = linli_record_field(visit, *(linli_field *)ctx);

    if (note != NULL)
        printf("%.*s\n", (int)note->value.bytes.size, (const char *)note->value.bytes.at);
    return true; /* go on to the next */
}

static void check(int code)
{
    if (code != LINLI_OK) {
        fprintf(stderr, "embed: %s\n", linli_code_name(code));
        exit(1);
    }
}

int main(int argc, char **argv)
{
    uint8_t key[LINLI_KEY_BYTES] = {1}; /* an app keeps its key in Android Keystore or iOS Keychain */
    struct linli_options options = {.size = sizeof(options), .dir = argc > 1 ? argv[1] : "embed-store", .key = key};
    const struct linli_schema_type *type = linli_schema_type_by_name("visit");
    linli_field note = linli_schema_field_by_name(type, "note")->number;
    linli_store *store = NULL;
    linli_txn *txn = NULL;
    linli_id patch, visit;

    if (linli_store_exists(options.dir))
        check(linli_store_open(&options, &store));
    else /* a phone would call linli_join with the invitation that it scanned */
        check(linli_store_create(&options, LINLI_COMMUNITY, "示例社区", NULL, &store));
    check(linli_scope_find(store, "示例社区", &patch));

    struct linli_value text = linli_text("made-up visit: the handrail is firm");
    check(linli_txn_begin(store, &txn));
    check(linli_record_create(txn, &patch, type->number, &visit));
    check(linli_record_set(txn, &visit, (linli_span){0}, note, &text));
    check(linli_txn_commit(txn, NULL)); /* durable and signed when this returns */

    struct linli_query query = {.type = type->number, .scope = &patch};
    check(linli_query_each(store, &query, show, &note));

    if (argc > 3) /* host and port of whoever is in reach: a neighbour's phone, the office, the city */
        check(linli_sync(store, argv[2], (unsigned)atoi(argv[3]), NULL, NULL));
    linli_store_close(store);
    return 0;
}
