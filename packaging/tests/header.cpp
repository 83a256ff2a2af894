// header.cpp - scape.h in a C++ program: it is included, its functions link, a file round-trips.
#include <scape.h>

#include <cstdio>
#include <cstring>
#include <vector>

int main() {
    std::vector<unsigned char> content(100000);
    for (std::size_t i = 0; i < content.size(); i++) {
        content[i] = static_cast<unsigned char>(i % 7 * (i % 11));
    }
    scape_encode_options options = {};
    options.level = SCAPE_FAST;
    options.threads = 2;
    std::vector<unsigned char> file(scape_compress_bound(content.size(), &options));
    std::vector<unsigned char> back(content.size());
    std::size_t size = 0, got = 0;
    scape_report report = {};
    if (scape_compress(content.data(), content.size(), file.data(), file.size(), &size, &options,
                       &report) != SCAPE_OK ||
        scape_decompress(file.data(), size, back.data(), back.size(), &got, nullptr, &report) !=
            SCAPE_OK ||
        got != content.size() || std::memcmp(back.data(), content.data(), got) != 0) {
        std::fprintf(stderr, "C++: %s\n", report.message);
        return 1;
    }
    std::printf("C++: %zu bytes became %zu and came back\n", got, size);
    return 0;
}
