/* Command line, `linli invite`: a one-time invitation as a URI and a QR code. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <qrencode.h>
#include <string.h>
#include <sys/socket.h>

#include "clean.h"
#include "dates.h"
#include "fail.h"
#include "listening.h"
#include "output.h"
#include "records.h"
#include "session_output.h"
#include "store_open.h"
#include "verbs.h"

enum { ADDRESSES_MAX = 8, ADDRESS_BYTES = 300, QUIET_ZONE = 2 };

/* Two modules to a character, dark on light whatever the terminal's colours: half blocks in reverse video. */
static int print_qr(struct context *ctx, const char *uri)
{
    QRcode *code = QRcode_encodeString8bit(uri, 0, QR_ECLEVEL_L);
    if (code == NULL)
        return fail_memory(ctx);
    for (int y = -QUIET_ZONE; y < code->width + QUIET_ZONE; y += 2) {
        fputs("\033[30;47m", ctx->out);
        for (int x = -QUIET_ZONE; x < code->width + QUIET_ZONE; x++) {
            bool dark[2] = {false, false};
            for (int half = 0; half < 2; half++) {
                int line = y + half;
                if (x >= 0 && x < code->width && line >= 0 && line < code->width)
                    dark[half] = (code->data[line * code->width + x] & 1) != 0;
            }
            fputs(dark[0] ? dark[1] ? "█" : "▀" : dark[1] ? "▄" : " ", ctx->out);
        }
        fputs("\033[0m\n", ctx->out);
    }
    QRcode_free(code);
    return STATUS_DONE;
}

static enum linli_role read_role(const char *word)
{
    for (unsigned role = LINLI_NODE; role <= LINLI_VIEWER; role++)
        if (strcmp(word, output_role(role)) == 0)
            return (enum linli_role)role;
    return LINLI_VIEWER;
}

/* A node that listens everywhere is reached at each of this machine's own addresses. */
static size_t own_addresses(unsigned port, char texts[][ADDRESS_BYTES], size_t room)
{
    struct ifaddrs *all = NULL;
    size_t count = 0;
    if (getifaddrs(&all) != 0)
        return 0;
    for (const struct ifaddrs *at = all; at != NULL && count < room; at = at->ifa_next) {
        char host[INET6_ADDRSTRLEN];
        const struct sockaddr *address = at->ifa_addr;
        if (address == NULL || address->sa_family != AF_INET)
            continue;
        const struct in_addr *ip = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
        if ((ntohl(ip->s_addr) >> 24) != 127 && inet_ntop(AF_INET, ip, host, sizeof(host)) != NULL)
            snprintf(texts[count++], ADDRESS_BYTES, "%s:%u", host, port);
    }
    freeifaddrs(all);
    return count;
}

static size_t gather(struct context *ctx, const char **addresses, char texts[][ADDRESS_BYTES])
{
    char host[256];
    unsigned port = 0;
    size_t count = 0;
    for (const char *told; count < ADDRESSES_MAX && (told = option_nth(&ctx->options, "address", count)) != NULL;)
        addresses[count++] = told;
    if (count > 0 || !listening_read(ctx, host, &port))
        return count;
    if (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0) {
        count = own_addresses(port, texts, ADDRESSES_MAX);
    } else {
        snprintf(texts[0], ADDRESS_BYTES, strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u", host, port);
        count = 1;
    }
    for (size_t i = 0; i < count; i++)
        addresses[i] = texts[i];
    return count;
}

static bool addresses_good(const char *const *addresses, size_t count, const char **wrong)
{
    char host[256];
    unsigned port = 0;
    for (size_t i = 0; i < count; i++)
        if (!session_address(addresses[i], host, &port) || port == 0) {
            *wrong = addresses[i];
            return false;
        }
    return true;
}

int verb_invite(struct context *ctx)
{
    const char *role = option_value(&ctx->options, "role"), *expires = option_value(&ctx->options, "expires");
    const char *addresses[ADDRESSES_MAX], *wrong = NULL;
    char texts[ADDRESSES_MAX][ADDRESS_BYTES], uri[LINLI_URI_BYTES], time[DATES_TIME_BYTES];
    uint64_t span = UINT64_C(86400000);
    struct linli_invite invite = {.name = option_value(&ctx->options, "name"), .addresses = addresses};
    if (option_value(&ctx->options, "scope") == NULL || role == NULL || invite.name == NULL)
        return fail_usage(ctx, "%s", _("--scope, --role and --name are needed"));
    if (!clean_whole(invite.name))
        return fail_usage(ctx, "%s", _("the name holds control characters, or is not UTF-8"));
    if (expires != NULL && (!dates_read_span(expires, &span) || span == 0))
        return fail_usage(ctx, _("'%.20s' is no span of time such as 24h or 7d"), fail_word(ctx, expires));
    bool given = false;
    int status = records_scope_option(ctx, &invite.scope, &given);
    if (status != STATUS_DONE)
        return status;
    invite.role = read_role(role);
    invite.confirm = option_has(&ctx->options, "confirm");
    invite.blind = option_has(&ctx->options, "blind");
    invite.expires_ms = store_now_ms() + span;
    invite.address_count = gather(ctx, addresses, texts);
    if (invite.address_count == 0)
        return fail_usage(ctx, "%s", _("no address is known: give --address HOST:PORT or start 'linli serve'"));
    if (!addresses_good(addresses, invite.address_count, &wrong))
        return fail_usage(ctx, _("'%.80s' is not HOST:PORT"), fail_word(ctx, wrong));
    int rc = linli_invite_create(ctx->store, &invite, uri);
    if (rc != LINLI_OK)
        return fail_code(ctx, "invite", rc);
    dates_write_time((int64_t)invite.expires_ms, time);
    if (ctx->json)
        return output_json(ctx, json_pack("{s:s, s:o?, s:s, s:s, s:s, s:b}", "uri", uri, "scope",
                                          output_json_id(&invite.scope), "role", role, "name", invite.name, "expires",
                                          time, "confirm", invite.confirm ? 1 : 0));
    fprintf(ctx->out, "%s\n", uri);
    return option_has(&ctx->options, "qr") ? print_qr(ctx, uri) : STATUS_DONE;
}
