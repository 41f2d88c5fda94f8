//! A real S3-compatible server, and what lies between it and us when a test wants trouble.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use flink_state_backend::checkpoint::ObjectSettings;

/// Moto, which `.ci/setup s3` installs. Ends with this value, or with the process.
pub struct Server {
    child: Child,
    answers: BufReader<ChildStdout>,
    pub address: SocketAddr,
    pub key: String,
    pub secret: String,
}

impl Server {
    pub fn start() -> Self {
        let modules = std::env::var("FSB_S3_SERVER")
            .expect("FSB_S3_SERVER names the folder into which .ci/setup s3 has installed moto");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checkpoint_proof/object_server/serve.py");
        let mut command = Command::new("python3");
        command
            .arg(script)
            .env("PYTHONPATH", modules)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("there is Python");
        let mut answers = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        answers.read_line(&mut line).expect("readable");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [port, key, secret] = words[..] else { panic!("the server did not start: {line:?}") };
        let address = SocketAddr::from(([127, 0, 0, 1], port.parse().expect("a port")));
        Self { child, answers, address, key: key.to_owned(), secret: secret.to_owned() }
    }

    /// Multipart uploads that were neither completed nor aborted.
    pub fn uploads(&mut self) -> usize {
        self.child.stdin.as_mut().expect("piped").write_all(b"uploads\n").expect("it listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("readable");
        line.trim().parse().expect("a number")
    }

    /// Settings to reach it, at another address when there is something between.
    pub fn settings(&self, at: Option<SocketAddr>) -> ObjectSettings {
        settings(at.unwrap_or(self.address), &self.key, &self.secret)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().expect("it was there");
        self.child.wait().expect("it was there");
    }
}

/// Settings that give up soon.
pub fn settings(at: SocketAddr, key: &str, secret: &str) -> ObjectSettings {
    let endpoint = format!("http://{at}");
    let settings = [
        ("endpoint", &*endpoint),
        ("allow_http", "true"),
        ("region", "us-east-1"),
        ("access_key_id", key),
        ("secret_access_key", secret),
        ("max_retries", "1"),
        ("part_bytes", "5242880"),
    ];
    ObjectSettings(settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
}

/// What happens to bytes on their way.
#[derive(Default)]
struct Traffic {
    target: Option<SocketAddr>,
    /// Bytes of requests until the trouble, if there is to be any.
    until_trouble: Option<usize>,
    has_trouble: bool,
    released: usize,
}

struct Shared {
    traffic: Mutex<Traffic>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().expect("whole")
    }

    /// Counts bytes of requests. Holds those who come while there is trouble until it is over, and answers whether it was.
    fn pass(&self, bytes: usize) -> bool {
        let mut traffic = self.lock();
        if let Some(left) = traffic.until_trouble {
            traffic.until_trouble = left.checked_sub(bytes).filter(|left| *left > 0);
            traffic.has_trouble = traffic.until_trouble.is_none();
            self.changed.notify_all();
        }
        if !traffic.has_trouble {
            return true;
        }
        let released = traffic.released;
        drop(self.changed.wait_while(traffic, |traffic| traffic.released == released).expect("whole"));
        false
    }
}

/// Between clients and a server: forwards until there is trouble, during which nobody hears anything.
pub struct Proxy {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    pub fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let traffic = Mutex::new(Traffic { target: Some(target), ..Traffic::default() });
        let shared = Arc::new(Shared { traffic, changed: Condvar::new() });
        let theirs = Arc::clone(&shared);
        thread::spawn(move || listener.incoming().flatten().for_each(|client| forward(client, &theirs)));
        Self { address, shared }
    }

    /// Has trouble begin when that many bytes of requests have come from now on.
    pub fn trouble_after(&self, bytes: usize) {
        self.shared.lock().until_trouble = Some(bytes);
    }

    /// Waits until the trouble has begun.
    pub fn wait_for_trouble(&self) {
        drop(self.shared.changed.wait_while(self.shared.lock(), |traffic| !traffic.has_trouble).expect("whole"));
    }

    /// Ends the trouble: whoever had to wait is cut off, and the next reach that server.
    pub fn heal(&self, target: SocketAddr) {
        let mut traffic = self.shared.lock();
        *traffic = Traffic { target: Some(target), released: traffic.released + 1, ..Traffic::default() };
        self.shared.changed.notify_all();
    }
}

fn forward(client: TcpStream, shared: &Arc<Shared>) {
    let target = shared.lock().target.expect("set");
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        let Ok(server) = TcpStream::connect(target) else { return };
        let (mut from, mut to) = (client.try_clone().expect("cloned"), server.try_clone().expect("cloned"));
        let answers = thread::spawn(move || {
            drop(std::io::copy(&mut &server, &mut &client));
            drop(client.shutdown(Shutdown::Both));
        });
        let mut chunk = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            if !shared.pass(count) || to.write_all(&chunk[..count]).is_err() {
                break;
            }
        }
        drop((from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both)));
        answers.join().expect("ends");
    });
}

/// A server that refuses everything, and says all that it was told and `more`.
pub fn talkative(more: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || listener.incoming().flatten().for_each(|client| refuse(client, more)));
    address
}

fn refuse(client: TcpStream, more: &str) {
    let mut reader = BufReader::new(&client);
    let (mut told, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
        told.push_str(&line);
        line.clear();
    }
    let body = format!("<Error><Code>Refused</Code><Message>{told} {more}</Message></Error>");
    let head = format!("HTTP/1.1 403 Forbidden\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    drop((&client).write_all((head + &body).as_bytes()));
    // What it still sends is taken, so that it hears the answer.
    drop(client.shutdown(Shutdown::Write));
    drop(std::io::copy(&mut reader, &mut std::io::sink()));
}
