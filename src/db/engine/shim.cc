// The only C++ of the project: what `engine.rs` asks of RocksDB.
//
// Why not RocksDB's own C API: it has no exception barrier (std::bad_alloc or std::system_error would unwind into Rust and abort
// the process), it reports errors as text without code, subcode and severity, and it allocates for every value and every
// multi-get. Each function below is one call, or one loop over a page, inside one barrier; it decides nothing.
//
// Conventions: a fallible function returns 0 and leaves `status` alone, or returns 1 and fills `status`, whose message the caller
// frees with fsb_engine_release_text. Reads answer kFound, kAbsent, kTooShort or kFailed.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rocksdb/advanced_cache.h"
#include "rocksdb/cache.h"
#include "rocksdb/compaction_filter.h"
#include "rocksdb/convenience.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/file_checksum.h"
#include "rocksdb/iterator.h"
#include "rocksdb/listener.h"
#include "rocksdb/merge_operator.h"
#include "rocksdb/metadata.h"
#include "rocksdb/options.h"
#include "rocksdb/rate_limiter.h"
#include "rocksdb/slice.h"
#include "rocksdb/snapshot.h"
#include "rocksdb/statistics.h"
#include "rocksdb/status.h"
#include "rocksdb/table.h"
#include "rocksdb/transaction_log.h"
#include "rocksdb/version.h"
#include "rocksdb/write_batch.h"
#include "rocksdb/write_buffer_manager.h"

namespace rdb = ROCKSDB_NAMESPACE;

#ifdef __GLIBCXX__
// In place of libstdc++'s own handler for exceptions that nothing catches, which brings a demangler of 50 KB along: the same without the
// name of the exception's type.
namespace __gnu_cxx {
void __verbose_terminate_handler() {
  std::fputs("terminate called inside the engine", stderr);
  try {
    if (std::current_exception() != nullptr) {
      throw;
    }
  } catch (const std::exception& exception) {
    std::fprintf(stderr, ": %s", exception.what());
  } catch (...) {
  }
  std::fputs("\n", stderr);
  std::abort();
}
}  // namespace __gnu_cxx
#endif

extern "C" {

struct fsb_engine_status {
  int32_t code;
  int32_t subcode;
  int32_t severity;
  char* message;
  size_t message_length;
};

struct fsb_engine_slice {
  const uint8_t* data;
  size_t length;
};

// How the compaction filter of a family calls back. A slot is where a family's filter is armed or not; a judge serves one compaction.
// None of these throws.
struct fsb_engine_filter_hooks {
  void (*retain)(const void* slot);
  void (*release)(const void* slot);
  void* (*begin)(const void* slot);  // null: not armed
  int32_t (*judge)(void* judge, fsb_engine_slice key, fsb_engine_slice value, uint8_t operand, fsb_engine_slice* replacement);
  void (*end)(void* judge);
};

// How lines reach the event log, which is held as long as anything of the engine may tell one. Levels are RocksDB's, from debug, 0, to
// error, 3. None of these throws, and none waits.
struct fsb_engine_log_hooks {
  void (*retain)(const void* log);
  void (*release)(const void* log);
  void (*line)(const void* log, int32_t level, uint8_t of_engine, fsb_engine_slice text);
};

struct fsb_engine_open_request {
  fsb_engine_slice path;
  fsb_engine_slice db_options;
  fsb_engine_slice log_directory;
  const fsb_engine_slice* family_names;
  const fsb_engine_slice* family_options;
  const fsb_engine_slice* table_options;
  const void* const* filter_slots;
  size_t family_count;
  const fsb_engine_filter_hooks* filter_hooks;
  std::shared_ptr<rdb::Cache>* cache;
  std::shared_ptr<rdb::WriteBufferManager>* write_buffer_manager;
  std::shared_ptr<rdb::RateLimiter>* rate_limiter;
  const fsb_engine_log_hooks* log_hooks;
  const void* event_log;  // null: there is none
  int32_t event_log_level;
  uint8_t enable_statistics;
};

// What a read joined on top of the row's last whole value.
struct fsb_engine_joined {
  size_t operand_count;
  size_t operand_bytes;
};

struct fsb_engine_recovery {
  uint64_t dropped_bytes;
  uint64_t dropped_records;
};

// What the engine has told since it was opened; the first two are how it is now.
struct fsb_engine_events {
  uint64_t write_stopped;
  uint64_t delayed_write_rate;
  uint64_t stall_count;
  uint64_t stall_micros;
  uint64_t stop_count;
  uint64_t stop_micros;
  uint64_t flush_count;
  uint64_t mean_flush_micros;  // 0: no flush yet
  uint64_t compaction_count;
  uint64_t sealed_memtable_count;
};

// A file that the engine needs now. `content` stands for the file itself when it is not empty; of a file that grows, `size` bytes count.
struct fsb_engine_live_file {
  fsb_engine_slice name;
  uint64_t size;
  fsb_engine_slice content;
};

struct fsb_engine_histogram {
  uint64_t count;
  uint64_t sum;
  double average;
  double standard_deviation;
  double min;
  double median;
  double percentile95;
  double percentile99;
  double max;
};

}  // extern "C"

namespace {

constexpr int kFound = 0;
constexpr int kAbsent = 1;
constexpr int kTooShort = 2;
constexpr int kFailed = 3;

constexpr uint32_t kWriteDisableWal = 1;
constexpr uint32_t kWriteSync = 2;
constexpr uint32_t kWriteNoSlowdown = 4;
constexpr uint32_t kWriteProtected = 8;

constexpr int32_t kVerdictKeep = 0;
constexpr int32_t kVerdictRemove = 1;
constexpr int32_t kVerdictReplace = 2;

constexpr size_t kRowHeader = 2 * sizeof(uint32_t);

// Batches kept for the next write, one to a stripe of threads; one that has grown beyond the limit is not kept.
constexpr size_t kSpareBatches = 8;
constexpr size_t kSpareBatchBytes = 256 << 10;

// Codes outside RocksDB's own range, for what only the barrier can see.
constexpr int32_t kCodeOutOfMemory = 1000;
constexpr int32_t kCodeException = 1001;

rdb::Slice AsSlice(fsb_engine_slice slice) {
  return rdb::Slice(reinterpret_cast<const char*>(slice.data), slice.length);
}

rdb::Slice AsSlice(const uint8_t* data, size_t length) {
  return rdb::Slice(reinterpret_cast<const char*>(data), length);
}

fsb_engine_slice AsBytes(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

std::string AsString(fsb_engine_slice slice) {
  return std::string(reinterpret_cast<const char*>(slice.data), slice.length);
}

fsb_engine_slice AsBytes(const rdb::Slice& slice) {
  return {reinterpret_cast<const uint8_t*>(slice.data()), slice.size()};
}

char* CopyText(const char* text, size_t length) {
  char* copy = static_cast<char*>(std::malloc(length + 1));
  if (copy != nullptr) {
    std::memcpy(copy, text, length);
    copy[length] = '\0';
  }
  return copy;
}

void Fill(fsb_engine_status* status, int32_t code, int32_t subcode, int32_t severity, const char* text, size_t length) {
  status->code = code;
  status->subcode = subcode;
  status->severity = severity;
  status->message = CopyText(text, length);
  status->message_length = status->message == nullptr ? 0 : length;
}

// 0 when ok, else 1 with `status` filled.
int Report(const rdb::Status& result, fsb_engine_status* status) {
  if (result.ok()) {
    return 0;
  }
  const std::string text = result.ToString();
  Fill(status, static_cast<int32_t>(result.code()), static_cast<int32_t>(result.subcode()),
       static_cast<int32_t>(result.severity()), text.data(), text.size());
  return 1;
}

// Runs `body` and turns what it throws into a status. `failure` is what the caller gets then.
template <typename Body>
int Guarded(fsb_engine_status* status, int failure, Body&& body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    constexpr char kText[] = "out of memory inside the engine";
    Fill(status, kCodeOutOfMemory, 0, 0, kText, sizeof(kText) - 1);
  } catch (const std::exception& exception) {
    Fill(status, kCodeException, 0, 0, exception.what(), std::strlen(exception.what()));
  } catch (...) {
    constexpr char kText[] = "an exception of unknown type inside the engine";
    Fill(status, kCodeException, 0, 0, kText, sizeof(kText) - 1);
  }
  return failure;
}

template <typename Body>
int Fallible(fsb_engine_status* status, Body&& body) noexcept {
  return Guarded(status, 1, [&] { return Report(body(), status); });
}

// Little-endian. The shifts of portable code are not merged into one store by every compiler.
void PutLength(uint8_t* target, size_t length) {
  uint32_t value = static_cast<uint32_t>(length);
  if constexpr (std::endian::native == std::endian::big) {
    value = __builtin_bswap32(value);
  }
  std::memcpy(target, &value, sizeof(value));
}

// Two at once: one store.
void PutLengths(uint8_t* target, size_t first, size_t second) {
  if constexpr (std::endian::native == std::endian::little) {
    const uint64_t both = static_cast<uint64_t>(second) << 32 | static_cast<uint32_t>(first);
    std::memcpy(target, &both, sizeof(both));
  } else {
    PutLength(target, first);
    PutLength(target + sizeof(uint32_t), second);
  }
}

// Hands lines to the backend's event log. Costs a comparison where there is none, or where nobody wants the line.
class EventLog {
 public:
  static constexpr int32_t kDebug = static_cast<int32_t>(rdb::InfoLogLevel::DEBUG_LEVEL);
  static constexpr int32_t kWarn = static_cast<int32_t>(rdb::InfoLogLevel::WARN_LEVEL);
  static constexpr int32_t kError = static_cast<int32_t>(rdb::InfoLogLevel::ERROR_LEVEL);

  explicit EventLog(const fsb_engine_open_request& request)
      : hooks_(*request.log_hooks), log_(request.event_log), least_(log_ == nullptr ? INT32_MAX : request.event_log_level) {
    if (log_ != nullptr) {
      hooks_.retain(log_);
    }
  }
  ~EventLog() {
    if (log_ != nullptr) {
      hooks_.release(log_);
    }
  }
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  int32_t LeastLevel() const { return least_; }

  // A line of the engine's.
  void Pass(int32_t level, const char* format, va_list arguments) const noexcept {
    if (level >= least_) {
      va_list copy;
      va_copy(copy, arguments);
      Put(level, 1, format, copy);
      va_end(copy);
    }
  }

  // A line of our own.
  void Tell(int32_t level, const char* format, ...) const noexcept __attribute__((format(printf, 3, 4))) {
    if (level >= least_) {
      va_list arguments;
      va_start(arguments, format);
      Put(level, 0, format, arguments);
      va_end(arguments);
    }
  }

 private:
  static constexpr size_t kLongestLine = 64 << 10;

  void Put(int32_t level, uint8_t of_engine, const char* format, va_list arguments) const noexcept {
    char line[512];
    va_list again;
    va_copy(again, arguments);
    const int written = std::vsnprintf(line, sizeof(line), format, arguments);
    const size_t length = std::min(static_cast<size_t>(std::max(written, 0)), kLongestLine);
    char* longer = length < sizeof(line) ? nullptr : static_cast<char*>(std::malloc(length + 1));
    if (longer != nullptr) {
      std::vsnprintf(longer, length + 1, format, again);
    }
    va_end(again);
    // Without memory for a long line, its begin.
    Hand(level, of_engine, longer == nullptr ? line : longer, longer == nullptr ? std::min(length, sizeof(line) - 1) : length);
    std::free(longer);
  }

  void Hand(int32_t level, uint8_t of_engine, const char* text, size_t length) const noexcept {
    while (length > 0 && text[length - 1] == '\n') {
      --length;
    }
    hooks_.line(log_, level, of_engine, {reinterpret_cast<const uint8_t*>(text), length});
  }

  const fsb_engine_log_hooks& hooks_;
  const void* const log_;
  const int32_t least_;
};

// Passes every line on to the engine's own log file, and to the event log, and counts what recovery says it drops: RocksDB reports a damaged WAL
// nowhere else (DBOpenLogRecordReadReporter in db_impl_open.cc).
class RecoveryLog final : public rdb::LoggerWrapper {
 public:
  RecoveryLog(std::shared_ptr<rdb::Logger> target, std::shared_ptr<const EventLog> event_log)
      : LoggerWrapper(target.get()), target_(std::move(target)), event_log_(std::move(event_log)) {}

  using LoggerWrapper::Logv;
  rdb::Logger* File() const { return target_.get(); }

  // The file goes on leaving out what is below its own level.
  rdb::InfoLogLevel GetInfoLogLevel() const override {
    const int32_t level = std::min(static_cast<int32_t>(target_->GetInfoLogLevel()), event_log_->LeastLevel());
    return static_cast<rdb::InfoLogLevel>(level);
  }

  // The engine's options, hundreds of lines.
  void LogHeader(const char* format, va_list arguments) override {
    event_log_->Pass(EventLog::kDebug, format, arguments);
    target_->LogHeader(format, arguments);
  }

  void Logv(const rdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (recovering_ && std::strstr(format, "dropping %d bytes") != nullptr) {
      va_list copy;
      va_copy(copy, arguments);
      Count(format, copy);
      va_end(copy);
    }
    event_log_->Pass(std::min(static_cast<int32_t>(level), EventLog::kError), format, arguments);
    target_->Logv(level, format, arguments);
  }

  fsb_engine_recovery Finish() {
    recovering_ = false;
    return recovery_;
  }

 private:
  void Count(const char* format, va_list arguments) {
    char line[1024];
    std::vsnprintf(line, sizeof(line), format, arguments);
    unsigned long long bytes = 0;
    const char* tail = std::strstr(line, ": dropping ");
    if (tail != nullptr && std::sscanf(tail, ": dropping %llu bytes", &bytes) == 1) {
      recovery_.dropped_bytes += bytes;
      recovery_.dropped_records += 1;
    }
  }

  std::shared_ptr<rdb::Logger> target_;
  const std::shared_ptr<const EventLog> event_log_;
  fsb_engine_recovery recovery_{0, 0};
  bool recovering_ = true;  // written by the opening thread before background threads start
};

uint64_t NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// How often and how long the engine was in a state that each family enters and leaves on its own. Never locks.
//
// An event that is lost or late is put right by the next reading, which knows the state as it is. Begin and end are told. The time comes from
// outside: spells that begin or end with the same event do so at the same time.
class Spell {
 public:
  Spell(const EventLog& log, const char* begun, const char* ended) : log_(log), begun_(begun), ended_(ended) {}

  void Change(bool was, bool is, uint64_t now, const std::string& family) {
    if (is && !was) {
      families_.fetch_add(1, kOrder);
      if (Begin(now)) {
        log_.Tell(EventLog::kWarn, "%s, because of column family '%s'", begun_, family.c_str());
      }
    } else if (was && !is && families_.fetch_sub(1, kOrder) <= 1) {
      End(now);
    }
  }

  void Correct(bool is, uint64_t now) {
    if (!is) {
      End(now);
    } else if (Begin(now)) {
      log_.Tell(EventLog::kWarn, "%s", begun_);
    }
  }

  uint64_t Count() const { return count_.load(kOrder); }

  uint64_t Micros(uint64_t now) const {
    const uint64_t since = since_.load(kOrder);
    return ended_micros_.load(kOrder) + (since == 0 || now < since ? 0 : now - since);
  }

 private:
  static constexpr std::memory_order kOrder = std::memory_order_relaxed;

  bool Begin(uint64_t now) {
    uint64_t none = 0;
    const bool begins = since_.compare_exchange_strong(none, now, kOrder);
    if (begins) {
      count_.fetch_add(1, kOrder);
    }
    return begins;
  }

  void End(uint64_t now) {
    families_.store(0, kOrder);
    const uint64_t since = since_.exchange(0, kOrder);
    if (since != 0) {
      const uint64_t micros = now < since ? 0 : now - since;
      ended_micros_.fetch_add(micros, kOrder);
      log_.Tell(EventLog::kWarn, "%s after %.1f ms", ended_, static_cast<double>(micros) / 1000.0);
    }
  }

  const EventLog& log_;
  const char* const begun_;
  const char* const ended_;

  std::atomic<int32_t> families_{0};
  std::atomic<uint64_t> since_{0};  // 0: not in the state
  std::atomic<uint64_t> ended_micros_{0};
  std::atomic<uint64_t> count_{0};
};

// Has the engine go on once its disk has room again, in place of the engine's own recovery from a full disk.
//
// That one stands still for good when writes are stopped: its flush of all memtables waits for the write that leads the others, which waits
// for the stop to end (DBImpl::DelayWrite, as long as a recovery is in progress), which waits for the flush. Here that write is refused at
// once, and the flush begins when it has left.
class Resumption {
 public:
  Resumption() = default;
  ~Resumption() { Stop(); }
  Resumption(const Resumption&) = delete;
  Resumption& operator=(const Resumption&) = delete;

  void Serve(rdb::DB* db) {
    const std::lock_guard<std::mutex> lock(mutex_);
    db_ = db;
  }

  // Takes the failure over. False when it is left to the engine: while it opens, or when there is no thread to be had.
  bool Begin(const rdb::Status& failure) noexcept {
    try {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (db_ == nullptr) {
        return false;
      }
      if (!thread_.joinable()) {
        thread_ = std::thread([this] { Run(); });
      }
      failure_ = failure;
      wanted_ = true;
      changed_.notify_all();
      return true;
    } catch (...) {
      return false;
    }
  }

  // The failure that writes are refused for, where the engine says no more than that it did not wait.
  rdb::Status Explain(rdb::Status refused) {
    if (!refused.IsIncomplete()) {
      return refused;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    return wanted_ ? failure_ : refused;
  }

  // Waits for an attempt that is under way.
  void Stop() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      db_ = nullptr;
      changed_.notify_all();
    }
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  // As often as RocksDB's own (SstFileManagerImpl::ClearError).
  static constexpr std::chrono::seconds kInterval{5};

  void Run() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (db_ != nullptr) {
      if (!wanted_) {
        changed_.wait(lock);
        continue;
      }
      rdb::DB* const db = db_;
      wanted_ = false;
      lock.unlock();
      const bool resumed = Resume(db);
      lock.lock();
      if (!resumed) {
        wanted_ = true;
        changed_.wait_for(lock, kInterval, [this] { return db_ == nullptr; });
      }
    }
  }

  static bool Resume(rdb::DB* db) noexcept {
    try {
      // IMPORTANT: it takes its turn behind every write that came before the failure. Those that come later do not wait in the engine.
      rdb::WriteBatch nothing;
      rdb::WriteOptions options;
      options.disableWAL = true;
      db->Write(options, &nothing).PermitUncheckedError();
      // IMPORTANT: it waits for the work that is on its way. A compaction that fails while the engine resumes makes it give up before its own
      // flush has begun, and that flush then stays in the queue without being counted (DBImpl::BackgroundFlush): from there on every flush
      // takes the place of the one before it, and the next attempt waits for good.
      db->PauseBackgroundWork().PermitUncheckedError();
      db->ContinueBackgroundWork().PermitUncheckedError();
      return db->Resume().ok();
    } catch (...) {
      return false;
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;
  rdb::DB* db_ = nullptr;  // null: not open
  rdb::Status failure_;
  bool wanted_ = false;
};

// Counts what the engine does in the background. Sets atomics and calls nobody but the event log: the engine runs it between its own steps.
class Events final : public rdb::EventListener {
 public:
  explicit Events(std::shared_ptr<const EventLog> log) : log_(std::move(log)) {}

  Resumption& AfterFullDisk() { return after_full_disk_; }

  const char* Name() const override { return "fsb.Events"; }

  void OnStallConditionsChanged(const rdb::WriteStallInfo& info) override {
    const rdb::WriteStallCondition was = info.condition.prev;
    const rdb::WriteStallCondition is = info.condition.cur;
    const uint64_t now = NowMicros();
    stall_.Change(was != rdb::WriteStallCondition::kNormal, is != rdb::WriteStallCondition::kNormal, now, info.cf_name);
    stop_.Change(was == rdb::WriteStallCondition::kStopped, is == rdb::WriteStallCondition::kStopped, now, info.cf_name);
  }

  void OnBackgroundError(rdb::BackgroundErrorReason reason, rdb::Status* error) override {
    static constexpr std::array<const char*, 8> kWork{"a flush",
                                                      "a compaction",
                                                      "the callback of a write",
                                                      "a write to a memtable",
                                                      "a write to the manifest",
                                                      "a flush",
                                                      "a write to the manifest",
                                                      "the opening of a file"};
    const size_t at = static_cast<size_t>(reason);
    const char* work = at < kWork.size() ? kWork[at] : "background work";
    const bool is_retried = reason == rdb::BackgroundErrorReason::kCompaction && IsFullDisk(*error) &&
                            error->severity() <= rdb::Status::Severity::kSoftError;
    if (!is_retried || !compaction_waits_for_room_.exchange(true, std::memory_order_relaxed)) {
      TellFailure("%s failed: %s", work, *error);
    }
    if (is_retried) {
      // The engine tries it again after a second. As an error of its own it would begin the engine's recovery.
      *error = rdb::Status::OK();
    }
  }

  void OnErrorRecoveryBegin(rdb::BackgroundErrorReason, rdb::Status failure, bool* auto_recovery) override {
    if (IsFullDisk(failure) && after_full_disk_.Begin(failure)) {
      *auto_recovery = false;
    }
  }

  void OnErrorRecoveryEnd(const rdb::BackgroundErrorRecoveryInfo& info) override {
    if (info.new_bg_error.ok()) {
      log_->Tell(EventLog::kWarn, "the engine has recovered from the failure of its background work");
    } else {
      TellFailure("%s: %s", "the engine could not recover from the failure of its background work", info.new_bg_error);
    }
  }

  void OnFlushBegin(rdb::DB*, const rdb::FlushJobInfo& info) override {
    Flush& flush = flushes_[static_cast<size_t>(info.job_id) % kFlushes];
    if (flush.job.exchange(info.job_id, std::memory_order_relaxed) != info.job_id) {
      flush.begun_micros.store(NowMicros(), std::memory_order_relaxed);
    }
  }

  void OnFlushCompleted(rdb::DB*, const rdb::FlushJobInfo& info) override {
    flush_count_.fetch_add(1, std::memory_order_relaxed);
    const Flush& flush = flushes_[static_cast<size_t>(info.job_id) % kFlushes];
    if (flush.job.load(std::memory_order_relaxed) == info.job_id) {
      AddFlush(NowMicros() - flush.begun_micros.load(std::memory_order_relaxed));
    }
  }

  void OnCompactionCompleted(rdb::DB*, const rdb::CompactionJobInfo& info) override {
    if (info.status.ok()) {
      compaction_waits_for_room_.store(false, std::memory_order_relaxed);
    }
    compaction_count_.fetch_add(1, std::memory_order_relaxed);
  }

  void OnMemTableSealed(const rdb::MemTableInfo&) override { sealed_memtable_count_.fetch_add(1, std::memory_order_relaxed); }

  uint64_t SealedMemtables() const { return sealed_memtable_count_.load(std::memory_order_relaxed); }

  // `now` holds what the engine answers to a question; events put in the rest.
  void Read(fsb_engine_events* now) {
    const uint64_t time = NowMicros();
    stall_.Correct(now->write_stopped != 0 || now->delayed_write_rate != 0, time);
    stop_.Correct(now->write_stopped != 0, time);
    now->stall_count = stall_.Count();
    now->stall_micros = stall_.Micros(time);
    now->stop_count = stop_.Count();
    now->stop_micros = stop_.Micros(time);
    now->flush_count = flush_count_.load(std::memory_order_relaxed);
    now->mean_flush_micros = mean_flush_micros_.load(std::memory_order_relaxed);
    now->compaction_count = compaction_count_.load(std::memory_order_relaxed);
    now->sealed_memtable_count = SealedMemtables();
  }

 private:
  // Jobs have numbers that grow by one. More than this many at once take each other's place, and one is not timed.
  static constexpr size_t kFlushes = 64;

  struct Flush {
    std::atomic<int> job{-1};
    std::atomic<uint64_t> begun_micros{0};
  };

  static bool IsFullDisk(const rdb::Status& status) {
    return status.subcode() == rdb::Status::SubCode::kNoSpace || status.subcode() == rdb::Status::SubCode::kSpaceLimit;
  }

  // A mean in which every flush weighs a quarter, and those before it the rest.
  void AddFlush(uint64_t micros) {
    const int64_t taken = static_cast<int64_t>(std::max<uint64_t>(micros, 1));
    uint64_t mean = mean_flush_micros_.load(std::memory_order_relaxed);
    uint64_t next = 0;
    do {
      const int64_t before = static_cast<int64_t>(mean);
      next = mean == 0 ? taken : static_cast<uint64_t>(std::max<int64_t>(before + (taken - before) / 4, 1));
    } while (!mean_flush_micros_.compare_exchange_weak(mean, next, std::memory_order_relaxed));
  }

  void TellFailure(const char* format, const char* what, const rdb::Status& status) const noexcept {
    try {
      log_->Tell(EventLog::kError, format, what, status.ToString().c_str());
    } catch (...) {
      log_->Tell(EventLog::kError, format, what, "out of memory for the reason");
    }
  }

  const std::shared_ptr<const EventLog> log_;
  Spell stall_{*log_, "a write stall has begun", "the write stall is over"};
  Spell stop_{*log_, "writes are stopped", "writes are no longer stopped"};
  std::array<Flush, kFlushes> flushes_;
  std::atomic<uint64_t> flush_count_{0};
  std::atomic<uint64_t> mean_flush_micros_{0};
  std::atomic<uint64_t> compaction_count_{0};
  std::atomic<uint64_t> sealed_memtable_count_{0};
  std::atomic<bool> compaction_waits_for_room_{false};
  Resumption after_full_disk_;
};

// The number of the ticker or histogram of that name, or the size of the map.
template <typename Map>
size_t Named(const Map& map, const rdb::Slice& name) {
  size_t at = 0;
  while (at < map.size() && rdb::Slice(map[at].second) != name) {
    ++at;
  }
  return at;
}

// Asks a judge about each row and operand that a compaction moves. What the judge does not know (wide columns) stays.
//
// An operand that is removed is dropped and leaves the rest of its row alone; a value that is removed becomes a deletion, so that no older
// value shows up from below. Operands that a snapshot still sees are not asked about. Neither is, by the engine, a value that operands are
// joined to, and of a row that grows all the time no other value ever comes by: ListAppend asks about it.
class RowFilter final : public rdb::CompactionFilter {
 public:
  explicit RowFilter(const fsb_engine_filter_hooks* hooks) : hooks_(hooks) {}

  ~RowFilter() override {
    if (judge_ != nullptr) {
      at_work = nullptr;
      hooks_->end(judge_);
    }
  }

  bool Begin(const void* slot) {
    judge_ = hooks_->begin(slot);
    at_work = judge_ == nullptr ? nullptr : this;
    return judge_ != nullptr;
  }

  // What a compaction that runs on this thread leaves of a value to which it joins operands; good until the next row. Elsewhere all of it.
  static rdb::Slice BeforeJoin(const rdb::Slice& key, const rdb::Slice& value) {
    fsb_engine_slice replacement{nullptr, 0};
    switch (at_work == nullptr ? kVerdictKeep : at_work->Judge(key, value, 0, &replacement)) {
      case kVerdictRemove:
        return rdb::Slice();
      case kVerdictReplace:
        return AsSlice(replacement);
      default:
        return value;
    }
  }

  const char* Name() const override { return "fsb.RowFilter"; }

  Decision FilterV2(int, const rdb::Slice& key, ValueType type, const rdb::Slice& value, std::string* new_value,
                    std::string*) const override {
    if (type != ValueType::kValue && type != ValueType::kMergeOperand) {
      return Decision::kKeep;
    }
    fsb_engine_slice replacement{nullptr, 0};
    switch (Judge(key, value, type == ValueType::kMergeOperand, &replacement)) {
      case kVerdictRemove:
        return Decision::kRemove;
      case kVerdictReplace:
        return Replace(AsSlice(replacement), new_value);
      default:
        return Decision::kKeep;
    }
  }

 private:
  static Decision Replace(const rdb::Slice& replacement, std::string* new_value) noexcept {
    try {
      new_value->assign(replacement.data(), replacement.size());
      return Decision::kChangeValue;
    } catch (const std::bad_alloc&) {
      return Decision::kKeep;
    }
  }

  int32_t Judge(const rdb::Slice& key, const rdb::Slice& value, uint8_t operand, fsb_engine_slice* replacement) const {
    return hooks_->judge(judge_, AsBytes(key), AsBytes(value), operand, replacement);
  }

  // The engine makes, uses and ends the filter of a compaction, or of a part of one, on one thread (ProcessKeyValueCompaction in
  // compaction_job.cc).
  static thread_local RowFilter* at_work;

  const fsb_engine_filter_hooks* hooks_;
  void* judge_ = nullptr;
};

thread_local RowFilter* RowFilter::at_work = nullptr;

// Holds the slot of one family for as long as the engine may start a compaction of it, which is longer than the family's handle lives.
//
// Compactions only: a flush is what a checkpoint waits for, and most of what it writes is young.
class RowFilterFactory final : public rdb::CompactionFilterFactory {
 public:
  RowFilterFactory(const fsb_engine_filter_hooks* hooks, const void* slot) : hooks_(hooks), slot_(slot) { hooks_->retain(slot_); }
  ~RowFilterFactory() override { hooks_->release(slot_); }
  RowFilterFactory(const RowFilterFactory&) = delete;
  RowFilterFactory& operator=(const RowFilterFactory&) = delete;

  const char* Name() const override { return "fsb.RowFilterFactory"; }

  std::unique_ptr<rdb::CompactionFilter> CreateCompactionFilter(const rdb::CompactionFilter::Context&) override {
    std::unique_ptr<RowFilter> filter(new (std::nothrow) RowFilter(hooks_));
    return filter != nullptr && filter->Begin(slot_) ? std::move(filter) : nullptr;
  }

 private:
  const fsb_engine_filter_hooks* hooks_;
  const void* slot_;
};

// The last full merge of this thread: the engine hands nothing from a read to its merge operator or back.
thread_local fsb_engine_joined last_joined{0, 0};

// Appends to a list: the value is the operands one after the other. RocksDB's own StringAppendOperator puts a delimiter between them and
// may be renamed or changed; a list must be readable for as long as its folder.
//
// Whatever cannot be joined (no memory, or more than the engine's 4 GiB a value) stays as it is: kMustMerge keeps flushes and compactions
// going, and only a read of that very row fails.
class ListAppend final : public rdb::MergeOperator {
 public:
  const char* Name() const override { return "fsb.ListAppend"; }

  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    out->op_failure_scope = OpFailureScope::kMustMerge;
    last_joined = {in.operand_list.size(), Length(in.operand_list)};
    if (in.existing_value == nullptr && in.operand_list.size() == 1) {
      out->existing_operand = in.operand_list.front();
      return true;
    }
    const rdb::Slice first = in.existing_value == nullptr ? rdb::Slice() : RowFilter::BeforeJoin(in.key, *in.existing_value);
    return Join(first, in.operand_list, &out->new_value);
  }

  bool PartialMergeMulti(const rdb::Slice&, const std::deque<rdb::Slice>& operands, std::string* joined, rdb::Logger*) const override {
    return Join(rdb::Slice(), operands, joined);
  }

 private:
  template <typename Operands>
  static size_t Length(const Operands& operands) {
    size_t length = 0;
    for (const rdb::Slice& operand : operands) {
      length += operand.size();
    }
    return length;
  }

  // Linear in the size of the result: the target grows once.
  template <typename Operands>
  static bool Join(const rdb::Slice& first, const Operands& operands, std::string* joined) noexcept {
    const size_t length = first.size() + Length(operands);
    if (length > UINT32_MAX) {
      return false;
    }
    try {
      joined->reserve(length);
    } catch (const std::bad_alloc&) {
      return false;
    }
    joined->assign(first.data(), first.size());
    for (const rdb::Slice& operand : operands) {
      joined->append(operand.data(), operand.size());
    }
    return true;
  }
};

rdb::ConfigOptions StrictParsing() {
  rdb::ConfigOptions config;
  config.ignore_unknown_options = false;
  config.ignore_unsupported_options = false;
  config.input_strings_escaped = false;
  return config;
}

rdb::Status FamilyOptions(const fsb_engine_slice& options, const fsb_engine_slice& table,
                          const std::shared_ptr<rdb::Cache>* cache, const fsb_engine_filter_hooks* hooks, const void* filter_slot,
                          rdb::ColumnFamilyOptions* result) {
  const rdb::ConfigOptions config = StrictParsing();
  rdb::Status status = rdb::GetColumnFamilyOptionsFromString(config, rdb::ColumnFamilyOptions(), AsString(options), result);
  if (!status.ok()) {
    return status;
  }
  rdb::BlockBasedTableOptions table_options;
  status = rdb::GetBlockBasedTableOptionsFromString(config, rdb::BlockBasedTableOptions(), AsString(table), &table_options);
  if (!status.ok()) {
    return status;
  }
  if (cache != nullptr) {
    table_options.block_cache = *cache;
  } else {
    table_options.no_block_cache = true;
  }
  result->table_factory.reset(rdb::NewBlockBasedTableFactory(table_options));
  static const std::shared_ptr<rdb::MergeOperator> list_append = std::make_shared<ListAppend>();
  result->merge_operator = list_append;
  result->compaction_filter_factory = std::make_shared<RowFilterFactory>(hooks, filter_slot);
  return status;
}

rdb::WriteOptions Writing(uint32_t flags) {
  rdb::WriteOptions options;
  options.disableWAL = (flags & kWriteDisableWal) != 0;
  options.sync = (flags & kWriteSync) != 0;
  options.no_slowdown = (flags & kWriteNoSlowdown) != 0;
  options.protection_bytes_per_key = (flags & kWriteProtected) != 0 ? 8 : 0;
  return options;
}

rdb::ReadOptions Reading(const rdb::Snapshot* snapshot) {
  rdb::ReadOptions options;
  options.snapshot = snapshot;
  return options;
}

// Copies the first and the last `kBlock` bytes, which overlap when there are fewer than twice as many.
template <size_t kBlock>
inline void CopyEnds(uint8_t* target, const char* source, size_t length) {
  std::memcpy(target, source, kBlock);
  std::memcpy(target + length - kBlock, source + length - kBlock, kBlock);
}

// Copies 16 to 128 bytes without a loop and without a call, which would cost more than the copy of a small row. Shorter and longer ones
// are left to memcpy.
inline void CopyBytes(uint8_t* target, const char* source, size_t length) {
  if (length - 16 > 112) {
    if (length != 0) {
      std::memcpy(target, source, length);
    }
  } else if (length <= 32) {
    CopyEnds<16>(target, source, length);
  } else if (length <= 64) {
    CopyEnds<32>(target, source, length);
  } else {
    CopyEnds<64>(target, source, length);
  }
}

uint8_t* PutVarint(uint8_t* target, size_t value) {
  for (; value >= 0x80; value >>= 7) {
    *target++ = static_cast<uint8_t>(value | 0x80);
  }
  *target++ = static_cast<uint8_t>(value);
  return target;
}

// A RocksDB batch that appends rows in one go. RocksDB writes the first row of a family itself, with all its checks; the rows that follow
// repeat the head of that record (tag and family) before their own key and value. Its own way takes four times as many instructions.
class Batch final : public rdb::WriteBatch {
 public:
  explicit Batch(bool is_protected) : WriteBatch(0, 0, is_protected ? 8 : 0, 0), is_protected_(is_protected) {}

  void Reserve(size_t bytes) { rep_.reserve(bytes); }
  size_t Capacity() const { return rep_.capacity(); }

  rdb::Status PutRow(rdb::ColumnFamilyHandle* family, const rdb::Slice& key, const rdb::Slice& value) {
    const uint32_t id = family->GetID();
    if (head_length_ != 0 && id == family_) {
      Append(key, value);
      return rdb::Status::OK();
    }
    const size_t before = rep_.size();
    rdb::Status status = Put(family, key, value);
    if (status.ok() && !is_protected_) {
      KeepHead(id, before, key, value);
    }
    return status;
  }

  rdb::Status MergeRow(rdb::ColumnFamilyHandle* family, const rdb::Slice& key, const rdb::Slice& operand) {
    only_puts_ = false;
    return Merge(family, key, operand);
  }

  rdb::Status DeleteRow(rdb::ColumnFamilyHandle* family, const rdb::Slice& key) {
    only_puts_ = false;
    return Delete(family, key);
  }

  rdb::Status DeleteRows(rdb::ColumnFamilyHandle* family, const rdb::Slice& begin, const rdb::Slice& end) {
    only_puts_ = false;
    return DeleteRange(family, begin, end);
  }

  // Empties the batch. One that had nothing but puts is ready for more of them; what RocksDB remembers of its content stays true.
  void Empty() {
    if (only_puts_ && head_length_ != 0) {
      rep_.resize(kHeader);
      std::memset(rep_.data(), 0, kHeader);
      return;
    }
    Clear();
    only_puts_ = true;
    head_length_ = 0;
  }

 private:
  // Sequence number and count of records.
  static constexpr size_t kHeader = 12;
  static constexpr size_t kCountAt = 8;
  // A tag and the varint of a family.
  static constexpr size_t kMaxHead = 6;
  static constexpr size_t kMaxVarint = 5;

  void KeepHead(uint32_t id, size_t before, const rdb::Slice& key, const rdb::Slice& value) {
    std::array<uint8_t, 2 * kMaxVarint> lengths;
    const uint8_t* end = PutVarint(PutVarint(lengths.data(), key.size()), value.size());
    const size_t tail = static_cast<size_t>(end - lengths.data()) + key.size() + value.size();
    head_length_ = rep_.size() - before - tail;
    if (head_length_ > kMaxHead) {
      head_length_ = 0;
      return;
    }
    std::memcpy(head_.data(), rep_.data() + before, head_length_);
    family_ = id;
  }

  void Append(const rdb::Slice& key, const rdb::Slice& value) {
    std::array<uint8_t, kMaxHead + kMaxVarint> start;
    std::array<uint8_t, kMaxVarint> middle;
    std::memcpy(start.data(), head_.data(), kMaxHead);
    const size_t start_length = static_cast<size_t>(PutVarint(start.data() + head_length_, key.size()) - start.data());
    const size_t middle_length = static_cast<size_t>(PutVarint(middle.data(), value.size()) - middle.data());
    const size_t before = rep_.size();
    rep_.resize(before + start_length + key.size() + middle_length + value.size());
    uint8_t* at = reinterpret_cast<uint8_t*>(rep_.data()) + before;
    std::memcpy(at, start.data(), start_length);
    at += start_length;
    CopyBytes(at, key.data(), key.size());
    at += key.size();
    std::memcpy(at, middle.data(), middle_length);
    CopyBytes(at + middle_length, value.data(), value.size());
    AddToCount();
  }

  void AddToCount() {
    uint8_t* count = reinterpret_cast<uint8_t*>(rep_.data()) + kCountAt;
    PutLength(count, Count() + 1);
  }

  const bool is_protected_;
  bool only_puts_ = true;
  uint32_t family_ = 0;
  size_t head_length_ = 0;
  std::array<uint8_t, kMaxHead> head_{};
};

struct PageFill {
  size_t length;
  size_t row_count;
};

// Rows from the current one on, as many as fit. No row and a length: the first row does not fit.
template <bool kForward>
PageFill FillPage(rdb::Iterator* rows, uint8_t* target, size_t capacity) {
  uint8_t* at = target;
  uint8_t* const end = target + capacity;
  size_t row_count = 0;
  while (rows->Valid()) {
    const rdb::Slice key = rows->key();
    const rdb::Slice value = rows->value();
    const size_t key_length = key.size();
    const size_t value_length = value.size();
    const size_t needed = kRowHeader + key_length + value_length;
    if (needed > static_cast<size_t>(end - at)) {
      if (row_count == 0) {
        return {needed, 0};
      }
      break;
    }
    PutLengths(at, key_length, value_length);
    CopyBytes(at + kRowHeader, key.data(), key_length);
    CopyBytes(at + kRowHeader + key_length, value.data(), value_length);
    at += needed;
    ++row_count;
    if constexpr (kForward) {
      rows->Next();
    } else {
      rows->Prev();
    }
  }
  return {static_cast<size_t>(at - target), row_count};
}

// What an import needs to know of the table files of a family, as rocksdb::Checkpoint::ExportColumnFamily tells it.
rdb::ExportImportFilesMetaData TableFilesOf(rdb::DB* db, rdb::ColumnFamilyHandle* family) {
  rdb::ColumnFamilyMetaData metadata;
  db->GetColumnFamilyMetaData(family, &metadata);
  rdb::ExportImportFilesMetaData exported;
  exported.db_comparator_name = family->GetComparator()->Name();
  for (const rdb::LevelMetaData& level : metadata.levels) {
    for (const rdb::SstFileMetaData& file : level.files) {
      rdb::LiveFileMetaData live;
      static_cast<rdb::SstFileMetaData&>(live) = file;
      live.name = file.name;
      live.db_path = file.directory;
      live.column_family_name = metadata.name;
      live.level = level.level;
      exported.files.push_back(live);
    }
  }
  return exported;
}

}  // namespace

extern "C" {

// Options are made once: building them for each call costs more than the call, because the engine reads as words what was written as bytes.
struct fsb_engine {
  explicit fsb_engine(std::shared_ptr<const EventLog> event_log) : events(std::make_shared<Events>(std::move(event_log))) {
    for (uint32_t flags = 0; flags < writing.size(); ++flags) {
      writing[flags] = Writing(flags);
    }
  }

  // What a write has come to, in the engine's words or, where those are too few, ours.
  rdb::Status Written(rdb::Status result) {
    return result.ok() ? result : events->AfterFullDisk().Explain(std::move(result));
  }

  // An empty batch, kept or new.
  std::unique_ptr<Batch> TakeBatch(uint32_t flags) {
    Batch* kept = Spare().exchange(nullptr, std::memory_order_acquire);
    return kept != nullptr ? std::unique_ptr<Batch>(kept) : std::make_unique<Batch>((flags & kWriteProtected) != 0);
  }

  void KeepBatch(std::unique_ptr<Batch> batch) {
    if (batch->Capacity() <= kSpareBatchBytes) {
      batch->Empty();
      delete Spare().exchange(batch.release(), std::memory_order_acq_rel);
    }
  }

  std::unique_ptr<rdb::DB> db;
  alignas(64) const rdb::ReadOptions reading;
  std::array<rdb::WriteOptions, 2 * kWriteProtected> writing;
  std::shared_ptr<rdb::Statistics> statistics;
  const std::shared_ptr<Events> events;
  std::shared_ptr<RecoveryLog> log;

 private:
  struct alignas(64) SpareBatch {
    ~SpareBatch() { delete batch.load(std::memory_order_relaxed); }
    std::atomic<Batch*> batch{nullptr};
  };

  // Threads differ in the megabyte that their stack lies in.
  std::atomic<Batch*>& Spare() {
    const char marker = 0;
    const uint64_t megabyte = reinterpret_cast<uintptr_t>(&marker) >> 20;
    return spares_[(megabyte * 0x9E3779B97F4A7C15u) >> 32 & (kSpareBatches - 1)].batch;
  }

  std::array<SpareBatch, kSpareBatches> spares_;
};

struct fsb_engine_iterator {
  std::string lower;
  std::string upper;
  rdb::Slice lower_bound;
  rdb::Slice upper_bound;
  std::unique_ptr<rdb::Iterator> rows;
};

#ifdef FSB_INSPECT
// The log of an engine that leaves no trace.
class Unwritten final : public rdb::Logger {
 public:
  using rdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};
#endif

// What the calls that open an engine have in common.
struct Opening {
  rdb::Status Read(const fsb_engine_open_request& request) {
    rdb::Status result = rdb::GetDBOptionsFromString(StrictParsing(), rdb::DBOptions(), AsString(request.db_options), &options);
    if (!result.ok()) {
      return result;
    }
    path = AsString(request.path);
    event_log = std::make_shared<const EventLog>(request);
    engine = std::make_unique<fsb_engine>(event_log);
    options.db_log_dir = AsString(request.log_directory);
    options.file_checksum_gen_factory = rdb::GetFileChecksumGenCrc32cFactory();
    if (request.write_buffer_manager != nullptr) {
      options.write_buffer_manager = *request.write_buffer_manager;
    }
    if (request.rate_limiter != nullptr) {
      options.rate_limiter = *request.rate_limiter;
    }
    if (request.enable_statistics != 0) {
      options.statistics = rdb::CreateDBStatistics();
      engine->statistics = options.statistics;
    }
    options.listeners.push_back(engine->events);
    descriptors.resize(request.family_count);
    for (size_t i = 0; result.ok() && i < request.family_count; ++i) {
      descriptors[i].name = AsString(request.family_names[i]);
      result = FamilyOptions(request.family_options[i], request.table_options[i], request.cache, request.filter_hooks,
                             request.filter_slots[i], &descriptors[i].options);
    }
    return result;
  }

  void LogTo(std::shared_ptr<rdb::Logger> target) {
    engine->log = std::make_shared<RecoveryLog>(std::move(target), event_log);
    options.info_log = engine->log;
  }

  // Hands the engine over when it has opened.
  rdb::Status Finish(rdb::Status opened, const std::vector<rdb::ColumnFamilyHandle*>& handles, fsb_engine** out,
                     rdb::ColumnFamilyHandle** families, fsb_engine_recovery* recovery) {
    if (opened.ok()) {
      std::copy(handles.begin(), handles.end(), families);
      engine->events->AfterFullDisk().Serve(engine->db.get());
      *recovery = engine->log->Finish();
      *out = engine.release();
    }
    return opened;
  }

  std::string path;
  rdb::DBOptions options;
  std::vector<rdb::ColumnFamilyDescriptor> descriptors;
  std::shared_ptr<const EventLog> event_log;
  std::unique_ptr<fsb_engine> engine;
};

const char* fsb_engine_version_text() {
  static const std::string text = std::to_string(ROCKSDB_MAJOR) + "." + std::to_string(ROCKSDB_MINOR) + "." + std::to_string(ROCKSDB_PATCH);
  return text.c_str();
}

void fsb_engine_release_text(char* text) { std::free(text); }

// Shared resources: cache, write-buffer manager and rate limiter live as long as the last backend that uses them.

int fsb_engine_cache_create(size_t capacity, std::shared_ptr<rdb::Cache>** out, fsb_engine_status* status) {
  return Guarded(status, 1, [&] {
    *out = new std::shared_ptr<rdb::Cache>(rdb::HyperClockCacheOptions(capacity).MakeSharedCache());
    return 0;
  });
}

void fsb_engine_cache_destroy(std::shared_ptr<rdb::Cache>* cache) { delete cache; }
size_t fsb_engine_cache_usage(const std::shared_ptr<rdb::Cache>* cache) { return (*cache)->GetUsage(); }
size_t fsb_engine_cache_pinned_usage(const std::shared_ptr<rdb::Cache>* cache) { return (*cache)->GetPinnedUsage(); }

int fsb_engine_write_buffer_manager_create(size_t capacity, const std::shared_ptr<rdb::Cache>* cache,
                                           std::shared_ptr<rdb::WriteBufferManager>** out, fsb_engine_status* status) {
  return Guarded(status, 1, [&] {
    *out = new std::shared_ptr<rdb::WriteBufferManager>(
        std::make_shared<rdb::WriteBufferManager>(capacity, cache == nullptr ? nullptr : *cache));
    return 0;
  });
}

void fsb_engine_write_buffer_manager_destroy(std::shared_ptr<rdb::WriteBufferManager>* manager) { delete manager; }

int fsb_engine_rate_limiter_create(int64_t bytes_per_second, std::shared_ptr<rdb::RateLimiter>** out, fsb_engine_status* status) {
  return Guarded(status, 1, [&] {
    *out = new std::shared_ptr<rdb::RateLimiter>(rdb::NewGenericRateLimiter(bytes_per_second));
    return 0;
  });
}

void fsb_engine_rate_limiter_destroy(std::shared_ptr<rdb::RateLimiter>* limiter) { delete limiter; }

// Life of an engine.

int fsb_engine_list_families(fsb_engine_slice path, void (*each)(void*, const char*, size_t), void* context, fsb_engine_status* status) {
  return Fallible(status, [&] {
    std::vector<std::string> names;
    const rdb::Status result = rdb::DB::ListColumnFamilies(rdb::DBOptions(), AsString(path), &names);
    if (result.ok()) {
      for (const std::string& name : names) {
        each(context, name.data(), name.size());
      }
    }
    return result;
  });
}

int fsb_engine_open(const fsb_engine_open_request* request, fsb_engine** out, rdb::ColumnFamilyHandle** families,
                    fsb_engine_recovery* recovery, fsb_engine_status* status) {
  return Fallible(status, [&] {
    Opening opening;
    rdb::Status result = opening.Read(*request);
    if (!result.ok()) {
      return result;
    }
    std::shared_ptr<rdb::Logger> file_log;
    result = rdb::CreateLoggerFromOptions(opening.path, opening.options, &file_log);
    if (!result.ok()) {
      return result;
    }
    opening.LogTo(std::move(file_log));
    std::vector<rdb::ColumnFamilyHandle*> handles;
    result = rdb::DB::Open(opening.options, opening.path, opening.descriptors, &handles, &opening.engine->db);
    return opening.Finish(std::move(result), handles, out, families, recovery);
  });
}

#ifdef FSB_INSPECT
// As fsb_engine_open, but nothing in the folder is changed, and none of the calls that would change it works.
int fsb_engine_open_read_only(const fsb_engine_open_request* request, fsb_engine** out, rdb::ColumnFamilyHandle** families,
                              fsb_engine_recovery* recovery, fsb_engine_status* status) {
  return Fallible(status, [&] {
    Opening opening;
    rdb::Status result = opening.Read(*request);
    if (!result.ok()) {
      return result;
    }
    opening.LogTo(std::make_shared<Unwritten>());
    std::vector<rdb::ColumnFamilyHandle*> handles;
    result = rdb::DB::OpenForReadOnly(opening.options, opening.path, opening.descriptors, &handles, &opening.engine->db);
    return opening.Finish(std::move(result), handles, out, families, recovery);
  });
}
#endif

// Waits for background work and closes the files. Every family, iterator and snapshot must be gone. Frees in any case.
int fsb_engine_close(fsb_engine* engine, fsb_engine_status* status) {
  return Fallible(status, [&] {
    const std::unique_ptr<fsb_engine> owned(engine);
    owned->events->AfterFullDisk().Stop();
    return owned->db->Close();
  });
}

int fsb_engine_create_family(fsb_engine* engine, fsb_engine_slice name, fsb_engine_slice options, fsb_engine_slice table,
                             const std::shared_ptr<rdb::Cache>* cache, const fsb_engine_filter_hooks* hooks, const void* filter_slot,
                             rdb::ColumnFamilyHandle** out, fsb_engine_status* status) {
  return Fallible(status, [&] {
    rdb::ColumnFamilyOptions parsed;
    const rdb::Status result = FamilyOptions(options, table, cache, hooks, filter_slot, &parsed);
    return result.ok() ? engine->db->CreateColumnFamily(parsed, AsString(name), out) : result;
  });
}

int fsb_engine_drop_family(fsb_engine* engine, rdb::ColumnFamilyHandle* family, fsb_engine_status* status) {
  return Fallible(status, [&] { return engine->db->DropColumnFamily(family); });
}

void fsb_engine_release_family(fsb_engine* engine, rdb::ColumnFamilyHandle* family) {
  fsb_engine_status ignored{};
  Fallible(&ignored, [&] { return engine->db->DestroyColumnFamilyHandle(family); });
  std::free(ignored.message);
}

uint32_t fsb_engine_family_id(const rdb::ColumnFamilyHandle* family) {
  return const_cast<rdb::ColumnFamilyHandle*>(family)->GetID();
}

// Writes.

int fsb_engine_put(fsb_engine* engine, rdb::ColumnFamilyHandle* family, uint32_t flags, const uint8_t* key, size_t key_length,
                   const uint8_t* value, size_t value_length, fsb_engine_status* status) {
  return Fallible(status, [&] {
    const rdb::WriteOptions& options = engine->writing[flags];
    if ((flags & kWriteProtected) != 0) {
      return engine->Written(engine->db->Put(options, family, AsSlice(key, key_length), AsSlice(value, value_length)));
    }
    std::unique_ptr<Batch> batch = engine->TakeBatch(flags);
    rdb::Status result = batch->PutRow(family, AsSlice(key, key_length), AsSlice(value, value_length));
    if (result.ok()) {
      result = engine->Written(engine->db->Write(options, batch.get()));
    }
    engine->KeepBatch(std::move(batch));
    return result;
  });
}

// Appends the operand to the value; a row that is not there is an empty value.
int fsb_engine_merge(fsb_engine* engine, rdb::ColumnFamilyHandle* family, uint32_t flags, const uint8_t* key, size_t key_length,
                     const uint8_t* operand, size_t operand_length, fsb_engine_status* status) {
  return Fallible(status, [&] {
    return engine->Written(
        engine->db->Merge(engine->writing[flags], family, AsSlice(key, key_length), AsSlice(operand, operand_length)));
  });
}

int fsb_engine_delete(fsb_engine* engine, rdb::ColumnFamilyHandle* family, uint32_t flags, const uint8_t* key, size_t key_length,
                      fsb_engine_status* status) {
  return Fallible(status, [&] { return engine->Written(engine->db->Delete(engine->writing[flags], family, AsSlice(key, key_length))); });
}

int fsb_engine_delete_range(fsb_engine* engine, rdb::ColumnFamilyHandle* family, uint32_t flags, fsb_engine_slice begin,
                            fsb_engine_slice end, fsb_engine_status* status) {
  return Fallible(status, [&] {
    return engine->Written(engine->db->DeleteRange(engine->writing[flags], family, AsSlice(begin), AsSlice(end)));
  });
}

int fsb_engine_batch_take(fsb_engine* engine, uint32_t flags, size_t reserved_bytes, Batch** out, fsb_engine_status* status) {
  return Guarded(status, 1, [&] {
    std::unique_ptr<Batch> batch = engine->TakeBatch(flags);
    batch->Reserve(reserved_bytes);
    *out = batch.release();
    return 0;
  });
}

void fsb_engine_batch_give_back(fsb_engine* engine, Batch* batch) { engine->KeepBatch(std::unique_ptr<Batch>(batch)); }

int fsb_engine_batch_put(Batch* batch, rdb::ColumnFamilyHandle* family, fsb_engine_slice key, fsb_engine_slice value,
                         fsb_engine_status* status) {
  return Fallible(status, [&] { return batch->PutRow(family, AsSlice(key), AsSlice(value)); });
}

int fsb_engine_batch_merge(Batch* batch, rdb::ColumnFamilyHandle* family, fsb_engine_slice key, fsb_engine_slice operand,
                           fsb_engine_status* status) {
  return Fallible(status, [&] { return batch->MergeRow(family, AsSlice(key), AsSlice(operand)); });
}

int fsb_engine_batch_delete(Batch* batch, rdb::ColumnFamilyHandle* family, fsb_engine_slice key, fsb_engine_status* status) {
  return Fallible(status, [&] { return batch->DeleteRow(family, AsSlice(key)); });
}

int fsb_engine_batch_delete_range(Batch* batch, rdb::ColumnFamilyHandle* family, fsb_engine_slice begin, fsb_engine_slice end,
                                  fsb_engine_status* status) {
  return Fallible(status, [&] { return batch->DeleteRows(family, AsSlice(begin), AsSlice(end)); });
}

int fsb_engine_write(fsb_engine* engine, uint32_t flags, Batch* batch, fsb_engine_status* status) {
  return Fallible(status, [&] { return engine->Written(engine->db->Write(engine->writing[flags], batch)); });
}

// Reads.

// Copies the value into `target` when it fits; `length` receives its size when found or too short.
int fsb_engine_get(fsb_engine* engine, rdb::ColumnFamilyHandle* family, const rdb::Snapshot* snapshot, const uint8_t* key, size_t key_length,
                   uint8_t* target, size_t capacity, size_t* length, fsb_engine_status* status) {
  return Guarded(status, kFailed, [&] {
    rdb::PinnableSlice value;
    const rdb::Slice name = AsSlice(key, key_length);
    const rdb::Status result = snapshot == nullptr ? engine->db->Get(engine->reading, family, name, &value)
                                                   : engine->db->Get(Reading(snapshot), family, name, &value);
    if (result.IsNotFound()) {
      return kAbsent;
    }
    if (Report(result, status) != 0) {
      return kFailed;
    }
    *length = value.size();
    if (value.size() > capacity) {
      return kTooShort;
    }
    if (!value.empty()) {
      std::memcpy(target, value.data(), value.size());
    }
    return kFound;
  });
}

// The value stays where the engine has it (block cache, or an own copy when it came from a memtable) until the pin is released.
int fsb_engine_get_pinned(fsb_engine* engine, rdb::ColumnFamilyHandle* family, const rdb::Snapshot* snapshot, const uint8_t* key,
                          size_t key_length, rdb::PinnableSlice** out, fsb_engine_status* status) {
  return Guarded(status, kFailed, [&] {
    auto value = std::make_unique<rdb::PinnableSlice>();
    const rdb::Status result = engine->db->Get(Reading(snapshot), family, AsSlice(key, key_length), value.get());
    if (result.IsNotFound()) {
      return kAbsent;
    }
    if (Report(result, status) != 0) {
      return kFailed;
    }
    *out = value.release();
    return kFound;
  });
}

// As above, and says in `joined` what the value was joined from.
int fsb_engine_get_appended(fsb_engine* engine, rdb::ColumnFamilyHandle* family, fsb_engine_slice key, rdb::PinnableSlice** out,
                            fsb_engine_joined* joined, fsb_engine_status* status) {
  last_joined = {0, 0};
  const int answer = fsb_engine_get_pinned(engine, family, nullptr, key.data, key.length, out, status);
  *joined = last_joined;
  return answer;
}

fsb_engine_slice fsb_engine_pinned_bytes(const rdb::PinnableSlice* value) {
  return AsBytes(*value);
}

void fsb_engine_pinned_release(rdb::PinnableSlice* value) { delete value; }

// Writes `u32 length | value` for each key, 0xFFFFFFFF as length of an absent one. `length` receives the size of the whole answer.
int fsb_engine_multi_get(fsb_engine* engine, rdb::ColumnFamilyHandle* family, const rdb::Snapshot* snapshot, const fsb_engine_slice* keys,
                         size_t count, uint8_t* target, size_t capacity, size_t* length, fsb_engine_status* status) {
  return Guarded(status, kFailed, [&] {
    static_assert(sizeof(fsb_engine_slice) == sizeof(rdb::Slice), "keys are handed on as they are");
    std::vector<rdb::PinnableSlice> values(count);
    std::vector<rdb::Status> results(count);
    engine->db->MultiGet(Reading(snapshot), family, count, reinterpret_cast<const rdb::Slice*>(keys), values.data(), results.data());
    size_t needed = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!results[i].ok() && !results[i].IsNotFound()) {
        Report(results[i], status);
        return kFailed;
      }
      needed += sizeof(uint32_t) + (results[i].ok() ? values[i].size() : 0);
    }
    *length = needed;
    if (needed > capacity) {
      return kTooShort;
    }
    for (size_t i = 0; i < count; ++i) {
      PutLength(target, results[i].ok() ? values[i].size() : UINT32_MAX);
      target += sizeof(uint32_t);
      if (results[i].ok() && !values[i].empty()) {
        std::memcpy(target, values[i].data(), values[i].size());
        target += values[i].size();
      }
    }
    return kFound;
  });
}

// Scans. An empty bound means none.

int fsb_engine_iterator_create(fsb_engine* engine, rdb::ColumnFamilyHandle* family, const rdb::Snapshot* snapshot, fsb_engine_slice lower,
                               fsb_engine_slice upper, uint8_t fill_cache, fsb_engine_iterator** out, fsb_engine_status* status) {
  return Guarded(status, 1, [&] {
    auto iterator = std::make_unique<fsb_engine_iterator>();
    rdb::ReadOptions options = Reading(snapshot);
    options.fill_cache = fill_cache != 0;
    options.total_order_seek = true;
    if (lower.length != 0) {
      iterator->lower = AsString(lower);
      iterator->lower_bound = iterator->lower;
      options.iterate_lower_bound = &iterator->lower_bound;
    }
    if (upper.length != 0) {
      iterator->upper = AsString(upper);
      iterator->upper_bound = iterator->upper;
      options.iterate_upper_bound = &iterator->upper_bound;
    }
    iterator->rows.reset(engine->db->NewIterator(options, family));
    if (Report(iterator->rows->status(), status) != 0) {
      return 1;
    }
    *out = iterator.release();
    return 0;
  });
}

void fsb_engine_iterator_destroy(fsb_engine_iterator* iterator) { delete iterator; }

int fsb_engine_iterator_seek_to_first(fsb_engine_iterator* iterator, fsb_engine_status* status) {
  return Fallible(status, [&] { iterator->rows->SeekToFirst(); return iterator->rows->status(); });
}

int fsb_engine_iterator_seek_to_last(fsb_engine_iterator* iterator, fsb_engine_status* status) {
  return Fallible(status, [&] { iterator->rows->SeekToLast(); return iterator->rows->status(); });
}

int fsb_engine_iterator_seek(fsb_engine_iterator* iterator, fsb_engine_slice key, fsb_engine_status* status) {
  return Fallible(status, [&] { iterator->rows->Seek(AsSlice(key)); return iterator->rows->status(); });
}

int fsb_engine_iterator_seek_for_prev(fsb_engine_iterator* iterator, fsb_engine_slice key, fsb_engine_status* status) {
  return Fallible(status, [&] { iterator->rows->SeekForPrev(AsSlice(key)); return iterator->rows->status(); });
}

// Fills `target` with rows `u32 key length | u32 value length | key | value` and moves past them. kTooShort only when the first
// row does not fit: `length` is its size and the position stays.
int fsb_engine_iterator_page(fsb_engine_iterator* iterator, uint8_t forward, uint8_t* target, size_t capacity, size_t* length,
                             size_t* row_count, fsb_engine_status* status) {
  return Guarded(status, kFailed, [&] {
    rdb::Iterator* rows = iterator->rows.get();
    const PageFill fill = forward != 0 ? FillPage<true>(rows, target, capacity) : FillPage<false>(rows, target, capacity);
    if (Report(rows->status(), status) != 0) {
      return kFailed;
    }
    *length = fill.length;
    *row_count = fill.row_count;
    return fill.row_count == 0 && fill.length != 0 ? kTooShort : kFound;
  });
}

const rdb::Snapshot* fsb_engine_snapshot_create(fsb_engine* engine) { return engine->db->GetSnapshot(); }
void fsb_engine_snapshot_release(fsb_engine* engine, const rdb::Snapshot* snapshot) { engine->db->ReleaseSnapshot(snapshot); }
uint64_t fsb_engine_snapshot_sequence(const rdb::Snapshot* snapshot) { return snapshot->GetSequenceNumber(); }

// Maintenance.

int fsb_engine_flush(fsb_engine* engine, rdb::ColumnFamilyHandle* const* families, size_t count, fsb_engine_status* status) {
  return Fallible(status, [&] {
    return engine->db->Flush(rdb::FlushOptions(), std::vector<rdb::ColumnFamilyHandle*>(families, families + count));
  });
}

// `has_begin` and `has_end` 0: from the first, to the last row.
int fsb_engine_compact(fsb_engine* engine, rdb::ColumnFamilyHandle* family, fsb_engine_slice begin, uint8_t has_begin, fsb_engine_slice end,
                       uint8_t has_end, fsb_engine_status* status) {
  return Fallible(status, [&] {
    const rdb::Slice from = AsSlice(begin);
    const rdb::Slice to = AsSlice(end);
    rdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.bottommost_level_compaction = rdb::BottommostLevelCompaction::kForceOptimized;
    return engine->db->CompactRange(options, family, has_begin != 0 ? &from : nullptr, has_end != 0 ? &to : nullptr);
  });
}

int fsb_engine_sync_wal(fsb_engine* engine, fsb_engine_status* status) {
  return Fallible(status, [&] { return engine->db->SyncWAL(); });
}

int fsb_engine_verify_checksums(fsb_engine* engine, fsb_engine_status* status) {
  return Fallible(status, [&] {
    const rdb::Status result = engine->db->VerifyChecksum();
    return result.ok() ? engine->db->VerifyFileChecksums(rdb::ReadOptions()) : result;
  });
}

// `names` and `values`, `count` of each. A null family sets options of the whole engine.
int fsb_engine_set_options(fsb_engine* engine, rdb::ColumnFamilyHandle* family, const fsb_engine_slice* names, const fsb_engine_slice* values,
                           size_t count, fsb_engine_status* status) {
  return Fallible(status, [&] {
    std::unordered_map<std::string, std::string> options;
    for (size_t i = 0; i < count; ++i) {
      options[AsString(names[i])] = AsString(values[i]);
    }
    return family == nullptr ? engine->db->SetDBOptions(options) : engine->db->SetOptions(family, options);
  });
}

// kFound with a text to release, kAbsent when the engine knows no such property.
int fsb_engine_property(fsb_engine* engine, rdb::ColumnFamilyHandle* family, fsb_engine_slice name, char** text, size_t* length,
                        fsb_engine_status* status) {
  return Guarded(status, kFailed, [&] {
    std::string value;
    if (!engine->db->GetProperty(family, AsSlice(name), &value)) {
      return kAbsent;
    }
    *text = CopyText(value.data(), value.size());
    if (*text == nullptr) {
      throw std::bad_alloc();
    }
    *length = value.size();
    return kFound;
  });
}

int fsb_engine_integer_property(fsb_engine* engine, rdb::ColumnFamilyHandle* family, fsb_engine_slice name, uint64_t* value,
                                fsb_engine_status* status) {
  return Guarded(status, kFailed, [&] { return engine->db->GetIntProperty(family, AsSlice(name), value) ? kFound : kAbsent; });
}

// The sum over all families, those that were dropped and are still held among them; asking each costs twice as much.
int fsb_engine_aggregated_property(fsb_engine* engine, fsb_engine_slice name, uint64_t* value, fsb_engine_status* status) {
  return Guarded(status, kFailed, [&] { return engine->db->GetAggregatedIntProperty(AsSlice(name), value) ? kFound : kAbsent; });
}

// Greatest sequence number of a row in the live table files. What the MANIFEST holds is never less, whatever writes left no row.
int fsb_engine_flushed_sequence(fsb_engine* engine, uint64_t* sequence, fsb_engine_status* status) {
  return Guarded(status, 1, [&] {
    std::vector<rdb::LiveFileMetaData> files;
    engine->db->GetLiveFilesMetaData(&files);
    uint64_t greatest = 0;
    for (const rdb::LiveFileMetaData& file : files) {
      greatest = std::max<uint64_t>(greatest, file.largest_seqno);
    }
    *sequence = greatest;
    return 0;
  });
}

// Flushes all families as one, and names every file that holds what was written before: tables, blobs, MANIFEST, CURRENT, options, logs.
int fsb_engine_live_files(fsb_engine* engine, void (*each)(void*, const fsb_engine_live_file*), void* context, fsb_engine_status* status) {
  return Fallible(status, [&] {
    rdb::LiveFilesStorageInfoOptions options;
    options.atomic_flush = true;
    std::vector<rdb::LiveFileStorageInfo> files;
    const rdb::Status result = engine->db->GetLiveFilesStorageInfo(options, &files);
    if (!result.ok()) {
      return result;
    }
    for (const rdb::LiveFileStorageInfo& file : files) {
      const fsb_engine_live_file live = {AsBytes(file.relative_filename), file.size, AsBytes(file.replacement_contents)};
      each(context, &live);
    }
    return result;
  });
}

// Removes the table files of a family that hold no row from `begin`, included, to `end`, excluded, but for those of level 0.
int fsb_engine_delete_files_outside(fsb_engine* engine, rdb::ColumnFamilyHandle* family, fsb_engine_slice begin, fsb_engine_slice end,
                                    fsb_engine_status* status) {
  return Fallible(status, [&] {
    const std::array<rdb::RangeOpt, 2> outside = {rdb::RangeOpt(rdb::OptSlice(), AsSlice(begin)), rdb::RangeOpt(AsSlice(end), rdb::OptSlice())};
    return rdb::DeleteFilesInRanges(engine->db.get(), family, outside.data(), outside.size(), /*include_end=*/false);
  });
}

// Leaves a family, also physically, with nothing but the rows from `begin`, included, to `end`, excluded. Rewrites its files.
int fsb_engine_clip(fsb_engine* engine, rdb::ColumnFamilyHandle* family, fsb_engine_slice begin, fsb_engine_slice end,
                    fsb_engine_status* status) {
  return Fallible(status, [&] { return engine->db->ClipColumnFamily(family, AsSlice(begin), AsSlice(end)); });
}

// Makes a family of the table files of families in other engines, which have been flushed and whose files are held: linked where that is
// possible. Refused by RocksDB when files of two of them overlap.
int fsb_engine_import_family(fsb_engine* engine, fsb_engine_slice name, fsb_engine_slice options, fsb_engine_slice table,
                             const std::shared_ptr<rdb::Cache>* cache, const fsb_engine_filter_hooks* hooks, const void* filter_slot,
                             fsb_engine* const* engines, rdb::ColumnFamilyHandle* const* families, size_t count,
                             rdb::ColumnFamilyHandle** out, fsb_engine_status* status) {
  return Fallible(status, [&] {
    rdb::ColumnFamilyOptions parsed;
    rdb::Status result = FamilyOptions(options, table, cache, hooks, filter_slot, &parsed);
    std::vector<rdb::ExportImportFilesMetaData> exported(count);
    std::vector<const rdb::ExportImportFilesMetaData*> with_files;
    for (size_t i = 0; i < count; ++i) {
      exported[i] = TableFilesOf(engines[i]->db.get(), families[i]);
      if (!exported[i].files.empty()) {
        with_files.push_back(&exported[i]);
      }
    }
    if (!result.ok()) {
      return result;
    }
    if (with_files.empty()) {
      return engine->db->CreateColumnFamily(parsed, AsString(name), out);
    }
    rdb::ImportColumnFamilyOptions how;
    how.move_files = true;
    return engine->db->CreateColumnFamilyWithImport(parsed, AsString(name), how, with_files, out);
  });
}

// While files are held, the engine deletes none. Counts: each hold needs its release.
int fsb_engine_hold_files(fsb_engine* engine, fsb_engine_status* status) {
  return Fallible(status, [&] { return engine->db->DisableFileDeletions(); });
}
int fsb_engine_release_files(fsb_engine* engine, fsb_engine_status* status) {
  return Fallible(status, [&] { return engine->db->EnableFileDeletions(); });
}

uint64_t fsb_engine_latest_sequence(const fsb_engine* engine) { return engine->db->GetLatestSequenceNumber(); }

int64_t fsb_engine_system_millis() {
#ifdef CLOCK_REALTIME_COARSE
  timespec now;
  if (clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0) {
    return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
  }
#endif
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

// For which writes have waited, in microseconds, by the engine's own sum: of those that lead a group of writes.
int fsb_engine_write_wait(fsb_engine* engine, uint64_t* micros, fsb_engine_status* status) {
  return Guarded(status, 1, [&] {
    std::map<std::string, std::string> sums;
    engine->db->GetMapProperty(engine->db->DefaultColumnFamily(), rdb::DB::Properties::kDBStats, &sums);
    const auto waits = sums.find("db.user_write_stall_micros");
    *micros = waits == sums.end() ? UINT64_MAX : std::strtoull(waits->second.c_str(), nullptr, 10);
    return 0;
  });
}

// What happened and how it is.
int fsb_engine_read_events(fsb_engine* engine, fsb_engine_events* events, fsb_engine_status* status) {
  return Guarded(status, 1, [&] {
    rdb::DB& db = *engine->db;
    fsb_engine_events now{};
    db.GetIntProperty(rdb::DB::Properties::kIsWriteStopped, &now.write_stopped);
    db.GetIntProperty(rdb::DB::Properties::kActualDelayedWriteRate, &now.delayed_write_rate);
    engine->events->Read(&now);
    *events = now;
    return 0;
  });
}

// Grows whenever the engine may have begun a new log file.
uint64_t fsb_engine_sealed_memtables(const fsb_engine* engine) { return engine->events->SealedMemtables(); }

// CPU time of the process, of all its threads, in microseconds; UINT64_MAX when the system does not tell.
uint64_t fsb_engine_process_cpu_micros() {
#ifdef _WIN32
  return UINT64_MAX;  // its clock() is the time of day
#else
  const std::clock_t ticks = std::clock();
  constexpr std::clock_t kMicros = 1000000;
  static_assert(CLOCKS_PER_SEC <= kMicros && kMicros % CLOCKS_PER_SEC == 0);
  return ticks == static_cast<std::clock_t>(-1) ? UINT64_MAX : static_cast<uint64_t>(ticks) * (kMicros / CLOCKS_PER_SEC);
#endif
}

// Writes a line into the engine's own log file, and nowhere else, unless its level leaves it out.
int fsb_engine_log(fsb_engine* engine, uint8_t is_warning, fsb_engine_slice line, fsb_engine_status* status) {
  return Guarded(status, 1, [&] {
    const rdb::InfoLogLevel level = is_warning != 0 ? rdb::InfoLogLevel::WARN_LEVEL : rdb::InfoLogLevel::INFO_LEVEL;
    rdb::Log(level, engine->log->File(), "%s", AsString(line).c_str());
    return 0;
  });
}

uint8_t fsb_engine_keeps_statistics(const fsb_engine* engine) { return engine->statistics != nullptr; }

// kFound with a count, kAbsent when there is no such ticker. The engine must keep statistics.
int fsb_engine_ticker(const fsb_engine* engine, fsb_engine_slice name, uint64_t* count, fsb_engine_status* status) {
  return Guarded(status, kFailed, [&] {
    const size_t at = Named(rdb::TickersNameMap, AsSlice(name));
    if (at == rdb::TickersNameMap.size()) {
      return kAbsent;
    }
    *count = engine->statistics->getTickerCount(rdb::TickersNameMap[at].first);
    return kFound;
  });
}

// The same for a histogram.
int fsb_engine_histogram_read(const fsb_engine* engine, fsb_engine_slice name, fsb_engine_histogram* histogram,
                              fsb_engine_status* status) {
  return Guarded(status, kFailed, [&] {
    const size_t at = Named(rdb::HistogramsNameMap, AsSlice(name));
    if (at == rdb::HistogramsNameMap.size()) {
      return kAbsent;
    }
    rdb::HistogramData data;
    engine->statistics->histogramData(rdb::HistogramsNameMap[at].first, &data);
    *histogram = {data.count, data.sum, data.average, data.standard_deviation, data.min, data.median,
                  data.percentile95, data.percentile99, data.max};
    return kFound;
  });
}

// Hands out the name of a ticker or histogram: false when there are no more.
uint8_t fsb_engine_statistic_name(uint8_t is_histogram, size_t at, fsb_engine_slice* name) {
  const auto give = [&](const auto& map) -> uint8_t {
    if (at >= map.size()) {
      return 0;
    }
    *name = AsBytes(map[at].second);
    return 1;
  };
  return is_histogram != 0 ? give(rdb::HistogramsNameMap) : give(rdb::TickersNameMap);
}

}  // extern "C"

#include "left_out.inc"
