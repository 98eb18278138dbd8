/* node: "host:port". */
#include <stdlib.h>
#include <string.h>

#include "node/internal.h"

enum { PORT_MAX = 65535, PORT_DIGITS = 5 };

static bool port_parse(const char *text, unsigned *port)
{
    size_t size = strlen(text);

    if (size == 0 || size > PORT_DIGITS || strspn(text, "0123456789") != size)
        return false;
    *port = (unsigned)strtoul(text, NULL, 10);
    return *port <= PORT_MAX;
}

bool address_parse(const char *text, char host[HOST_BYTES], unsigned *port)
{
    const char *colon = strrchr(text, ':');

    if (colon == NULL || !port_parse(colon + 1, port))
        return false;
    size_t size = (size_t)(colon - text);
    if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
        text++;
        size -= 2;
    } else if (memchr(text, ':', size) != NULL) {
        return false; /* an IPv6 address needs its brackets */
    }
    if (size == 0 || size >= HOST_BYTES)
        return false;
    memcpy(host, text, size);
    host[size] = '\0';
    return true;
}
