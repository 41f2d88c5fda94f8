// The header as a C++17 program sees it: complete, with C linkage, and every handle fit for a unique_ptr.
#include <flink_state_backend.h>

#include "keyed.h"

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

static_assert(std::is_same_v<std::underlying_type_t<fsb_status>, std::int32_t>);
static_assert(std::is_standard_layout_v<fsb_error_details> && std::is_trivial_v<fsb_error_details>);
static_assert(std::is_standard_layout_v<fsb_live_objects> && std::is_trivial_v<fsb_live_objects>);
static_assert(std::is_standard_layout_v<fsb_iterator_options> && std::is_trivial_v<fsb_iterator_options>);
static_assert(std::is_standard_layout_v<fsb_recovery> && std::is_trivial_v<fsb_recovery>);
static_assert(std::is_standard_layout_v<fsb_timer_query> && std::is_trivial_v<fsb_timer_query>);
static_assert(std::is_standard_layout_v<fsb_statistics> && std::is_trivial_v<fsb_statistics>);
static_assert(!std::is_same_v<fsb_backend, fsb_column_family>, "handles of two types must not be one type");
static_assert(!std::is_same_v<fsb_state, fsb_state_scan> && !std::is_same_v<fsb_backend, fsb_keyed_backend>);
#if UINTPTR_MAX == UINT64_MAX
static_assert(sizeof(fsb_recovery) == 40 && sizeof(fsb_statistics) == 480 && sizeof(fsb_timer_query) == 56);
static_assert(sizeof(fsb_error_details) == 40 && sizeof(fsb_live_objects) == 152 && sizeof(fsb_iterator_options) == 64);
static_assert(offsetof(fsb_iterator_options, prefix_length) == 56 && offsetof(fsb_statistics, running_compactions) == 240);
#endif

namespace {

template <auto release> struct releaser {
    template <class handle> void operator()(handle *owned) const { CHECK_STATUS(release(owned), FSB_STATUS_OK); }
};
using backend_handle = std::unique_ptr<fsb_backend, releaser<fsb_backend_free>>;
using family_handle = std::unique_ptr<fsb_column_family, releaser<fsb_column_family_free>>;
using iterator_handle = std::unique_ptr<fsb_iterator, releaser<fsb_iterator_free>>;
using snapshot_handle = std::unique_ptr<fsb_snapshot, releaser<fsb_snapshot_free>>;
using resources_handle = std::unique_ptr<fsb_resources, releaser<fsb_resources_free>>;
using buffer_handle = std::unique_ptr<fsb_buffer, releaser<fsb_buffer_free>>;
using view_handle = std::unique_ptr<fsb_view, releaser<fsb_view_free>>;
using keyed_handle = std::unique_ptr<fsb_keyed_backend, releaser<fsb_keyed_backend_free>>;
using state_handle = std::unique_ptr<fsb_state, releaser<fsb_state_free>>;
using scan_handle = std::unique_ptr<fsb_state_scan, releaser<fsb_state_scan_free>>;
using timers_handle = std::unique_ptr<fsb_timer_service, releaser<fsb_timer_service_free>>;
using error_handle = std::unique_ptr<fsb_error, releaser<fsb_error_free>>;

// Runs `call` with the address of an empty handle and owns what comes back.
template <class owner, class function> owner make(function call) {
    typename owner::pointer made = nullptr;
    CHECK_OK(call(&made));
    CHECK(made != nullptr);
    return owner(made);
}

template <class function> std::string text_of(function call) {
    buffer_handle buffer = make<buffer_handle>(call);
    const std::uint8_t *data = nullptr;
    std::size_t length = 0;
    CHECK_OK(fsb_buffer_data(buffer.get(), &data, &length));
    return std::string(reinterpret_cast<const char *>(data), length);
}

struct store {
    resources_handle resources;
    backend_handle backend;
    family_handle family;
};

store open_store() {
    store opened;
    std::string options = std::string("{\"data_directory\":\"") + path_of("data") + "\"}";
    opened.resources = make<resources_handle>([](auto made) { return fsb_resources_create("{}", 2, made, &test_error); });
    opened.backend = make<backend_handle>(
        [&](auto made) { return fsb_backend_open(options.data(), options.size(), opened.resources.get(), made, &test_error); });
    opened.family = make<family_handle>(
        [&](auto made) { return fsb_backend_column_family(opened.backend.get(), "user_state", 10, made, &test_error); });
    return opened;
}

void handles_fit_unique_ptr() {
    store opened = open_store();
    put(opened.family.get(), "key", "value");
    auto snapshot = make<snapshot_handle>([&](auto made) { return fsb_backend_snapshot(opened.backend.get(), made, &test_error); });
    delete_key(opened.family.get(), "key");
    auto view = make<view_handle>([&](auto made) {
        return fsb_column_family_get_view(opened.family.get(), snapshot.get(), bytes("key"), 3, made, &test_error);
    });
    const std::uint8_t *data = nullptr;
    std::size_t length = 0;
    CHECK_OK(fsb_view_data(view.get(), &data, &length));
    CHECK(std::string_view(reinterpret_cast<const char *>(data), length) == "value");
    opened.backend.reset();
    check_absent(opened.family.get(), "key");
}

void owned_buffers_become_strings() {
    store opened = open_store();
    put(opened.family.get(), "key", "value");
    std::string value = text_of(
        [&](auto made) { return fsb_column_family_get_owned(opened.family.get(), nullptr, bytes("key"), 3, made, &test_error); });
    CHECK_TEXT(value.c_str(), "value");
    std::string name = text_of([&](auto made) { return fsb_column_family_name(opened.family.get(), made, &test_error); });
    CHECK_TEXT(name.c_str(), "user_state");
    std::string options = text_of([&](auto made) { return fsb_backend_options_json(opened.backend.get(), made, &test_error); });
    CHECK(options.find("\"wal\"") != std::string::npos);
}

void pages_fill_a_vector() {
    store opened = open_store();
    for (int row = 0; row < 1000; row++) put(opened.family.get(), std::to_string(row).c_str(), "value");
    auto iterator = make<iterator_handle>(
        [&](auto made) { return fsb_column_family_iterator(opened.family.get(), nullptr, made, &test_error); });
    std::vector<std::uint8_t> page(4096);
    std::size_t length = 0, rows = 0, total = 0;
    do {
        CHECK_OK(fsb_iterator_next_page(iterator.get(), page.data(), page.size(), &length, &rows, &test_error));
        total += rows;
    } while (rows != 0);
    CHECK_U64(total, 1000);
}

void errors_are_owned_objects() {
    fsb_error *raw = nullptr;
    CHECK_STATUS(fsb_backend_flush(nullptr, &raw), FSB_STATUS_INVALID_HANDLE);
    error_handle error(raw);
    CHECK(std::string_view(fsb_error_message(error.get())).size() > 0);
}

void a_batch_from_a_vector_is_written() {
    store opened = open_store();
    packed batch = {nullptr, 0, 0};
    batch_text(&batch, RECORD_PUT, id_of(opened.family.get()), "key", "value");
    std::vector<std::uint8_t> moved(batch.data, batch.data + batch.length);
    packed_free(&batch);
    CHECK_OK(fsb_backend_write(opened.backend.get(), moved.data(), moved.size(), &test_error));
    CHECK_ROW(opened.family.get(), "key", "value");
}

void keyed_state_fits_unique_ptr() {
    store opened = open_store();
    auto keyed = make<keyed_handle>(
        [&](auto made) { return fsb_keyed_backend_open(opened.backend.get(), nullptr, 0, made, &test_error); });
    const std::string_view descriptor = R"({"name":"tails","kind":"map"})";
    auto state = make<state_handle>(
        [&](auto made) { return fsb_state_open(keyed.get(), descriptor.data(), descriptor.size(), made, &test_error); });
    const std::int32_t hash = 42;
    CHECK_OK(fsb_keyed_backend_set_current_key(keyed.get(), bytes("UA"), 2, &hash, &test_error));
    map_put_all(state.get(), "N1=first;N2!;");
    auto scan = make<scan_handle>(
        [&](auto made) { return fsb_state_scan_open(state.get(), FSB_SCAN_ENTRIES, 1, made, &test_error); });
    auto timers = make<timers_handle>([&](auto made) { return fsb_timer_service_open(keyed.get(), "daily", 5, made, &test_error); });
    std::int64_t timestamp = 0;
    keyed.reset();
    state.reset();
    CHECK_ANSWER(fsb_timer_service_next(timers.get(), FSB_TIME_EVENT, &timestamp, &test_error), FSB_STATUS_NOT_FOUND);
    CHECK_TEXT(rest_of_scan(scan.get(), 0, 4096), "N1=first;N2!;");
}

} // namespace

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"handles_fit_unique_ptr", handles_fit_unique_ptr, nullptr},
        {"owned_buffers_become_strings", owned_buffers_become_strings, nullptr},
        {"pages_fill_a_vector", pages_fill_a_vector, nullptr},
        {"errors_are_owned_objects", errors_are_owned_objects, nullptr},
        {"keyed_state_fits_unique_ptr", keyed_state_fits_unique_ptr, nullptr},
        {"a_batch_from_a_vector_is_written", a_batch_from_a_vector_is_written, nullptr},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
