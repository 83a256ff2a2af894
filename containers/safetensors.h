/* safetensors.h - what recognising a safetensors file needs. Private to containers/. */
#ifndef SCAPE_CONTAINERS_SAFETENSORS_H
#define SCAPE_CONTAINERS_SAFETENSORS_H

#include <stdint.h>

/* Bytes of JSON, as in the public crate. */
#define SCAPE_SAFETENSORS_MAX_HEADER UINT64_C(100000000)

#endif
