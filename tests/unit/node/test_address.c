/* node: host and port out of what a person typed. */
#include "unit.h"

#include <string.h>

#include "node/internal.h"

static void an_address_is_a_host_and_a_port(void **state)
{
    static const struct {
        const char *text, *host;
        unsigned port;
    } good[] = {
        {"192.0.2.1:4711", "192.0.2.1", 4711}, {"office.example:0", "office.example", 0},
        {"[2001:db8::1]:65535", "2001:db8::1", 65535}, {"[]x:1", "[]x", 1}, {"[:1", "[", 1},
    };
    char host[HOST_BYTES];
    unsigned port;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(address_parse(good[i].text, host, &port));
        assert_string_equal(host, good[i].host);
        assert_int_equal(port, good[i].port);
    }
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "office.example", "office.example:", "office.example:65536", "office.example:123456", "office.example:4x",
        "office.example:-1", ":4711", "2001:db8::1:4711", "[]:4711",
    };
    char host[HOST_BYTES], text[HOST_BYTES + 8];
    unsigned port;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(address_parse(bad[i], host, &port));
    memset(text, 'a', HOST_BYTES);
    memcpy(text + HOST_BYTES, ":1", 3);
    assert_false(address_parse(text, host, &port)); /* one byte too many, with the NUL */
    assert_true(address_parse(text + 1, host, &port));
    assert_int_equal(strlen(host), HOST_BYTES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_a_host_and_a_port),
        cmocka_unit_test(what_is_no_address_is_refused),
    };
    return UNIT_RUN(tests);
}
