/*
 * link.h - links to the daemon's own pages, which the page at / has to understand.
 *
 *   /#SECTION                          a section of the page
 *   /?service=S#SECTION                a section, for this service only
 *   /?service=S&family=F#SECTION       a section, for this family only (or these attempts or jobs)
 *   /?pid=P#senders                    one sender
 *   /debug/NAME                        a view without a section: catalog, endpoints, ingress (JSON)
 *
 * SECTION is one of problems, rejections, services, families, breakers, jobs, queries, senders,
 * events. Values are percent-encoded. A page that is served below another path omits the first /.
 */
#ifndef STATGATE_STATUS_LINK_H
#define STATGATE_STATUS_LINK_H

#include <stddef.h>
#include <stdint.h>

/** Write a link to a section; `service` and `family` may be NULL for all of them. STATUS_LINK_MAX
 * bytes are enough. */
void link_section(char *out, size_t size, const char *service, const char *family,
                  const char *section);
/** Write a link to a sender, by its process id. */
void link_sender(char *out, size_t size, int32_t pid);

#endif
