/* Command line, devices that join: key, role and scope. */
#include "joined.h"

#include "output.h"

void joined_hear(void *joined, const struct linli_event *event)
{
    struct joined *to = joined;
    if (event->kind != LINLI_EVENT_DEVICE)
        return;
    if (to->count < JOINED_MAX)
        to->at[to->count] = *event;
    to->count++;
}

static size_t known(const struct joined *joined)
{
    return joined->count < JOINED_MAX ? joined->count : JOINED_MAX;
}

json_t *joined_json(const struct joined *joined)
{
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < known(joined); i++) {
        char device[OUTPUT_HEX_BYTES];
        const struct linli_event *event = &joined->at[i];
        output_hex(event->author.key, sizeof(event->author.key), device);
        if (json_array_append_new(list, json_pack("{s:s, s:s, s:o?}", "device", device, "role", output_role(event->role),
                                                  "scope", output_json_id(&event->scope))) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

void joined_print(struct context *ctx, const struct joined *joined)
{
    for (size_t i = 0; i < known(joined); i++) {
        char device[OUTPUT_HEX_BYTES], scope[OUTPUT_HEX_BYTES];
        const struct linli_event *event = &joined->at[i];
        output_hex(event->author.key, sizeof(event->author.key), device);
        output_id(&event->scope, scope);
        device[8] = scope[8] = '\0';
        fprintf(ctx->out, _("device %s joined: %s in %s\n"), device, output_role_label(event->role), scope);
    }
    if (joined->count > JOINED_MAX)
        fprintf(ctx->out, _("and %zu more; see 'linli grant list'\n"), joined->count - JOINED_MAX);
}
