/*
 * link.h - where a person is led: addresses of this daemon's own pages, which the page at / has to know.
 *
 *   /#SECTION                          a section of the page
 *   /?service=S#SECTION                likewise, of this service only
 *   /?service=S&family=F#SECTION       ... of this family only (of what declares attempts or jobs, too)
 *   /?pid=P#senders                    one sender
 *   /debug/NAME                        a JSON view, where the page has no section: catalog, endpoints, ingress
 *
 * SECTION is one of needs, rejections, services, families, breakers, jobs, queries, senders, events. Values are
 * percent-encoded. A page that is served below another path leaves the first / out.
 */
#ifndef STATGATE_STATUS_LINK_H
#define STATGATE_STATUS_LINK_H

#include <stddef.h>
#include <stdint.h>

/** A link to a section; service and family NULL: of all. `size` is enough for STATUS_LINK_MAX. */
void link_section(char *out, size_t size, const char *service, const char *family,
                  const char *section);
void link_sender(char *out, size_t size, int32_t pid);

#endif
