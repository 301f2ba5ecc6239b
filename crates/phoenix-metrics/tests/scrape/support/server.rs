//! A server on a loopback port with scripted answers. It ends when it is dropped.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use phoenix_core::experiment::Endpoints;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// How often it is looked whether something is so.
const LOOK: Duration = Duration::from_millis(2);

/// What is answered at a path.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Status 200 with this text, made anew for every request.
    Page(Arc<dyn Fn() -> String + Send + Sync>),
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
    /// These bytes, then nothing for ever.
    Stalls(Vec<u8>),
    /// A page without an end, in pieces.
    Endless,
    /// A page that comes once so many requests wait for it at the same time.
    Gathers(Arc<Gathering>, String),
    /// A page that comes once this is so.
    Once(Arc<dyn Fn() -> bool + Send + Sync>, String),
}

/// Requests that wait for each other.
pub(crate) struct Gathering {
    wanted: usize,
    waiting: AtomicUsize,
    largest: AtomicUsize,
    complete: Notify,
}

impl Gathering {
    pub(crate) fn of(wanted: usize) -> Arc<Self> {
        Arc::new(Self { wanted, waiting: AtomicUsize::new(0), largest: AtomicUsize::new(0), complete: Notify::new() })
    }

    /// Most requests that ever waited at the same time.
    pub(crate) fn largest(&self) -> usize {
        self.largest.load(Ordering::SeqCst)
    }

    async fn join(&self) {
        let complete = self.complete.notified();
        let waiting = self.waiting.fetch_add(1, Ordering::SeqCst) + 1;
        self.largest.fetch_max(waiting, Ordering::SeqCst);
        if waiting >= self.wanted {
            self.complete.notify_waiters();
        } else {
            complete.await;
        }
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

type Answers = Arc<Mutex<HashMap<String, Answer>>>;

/// A server on a loopback port.
pub(crate) struct Server {
    address: SocketAddr,
    answers: Answers,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = Answers::default();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(serve(listener, answers.clone(), requests.clone()));
        Self { address, answers, requests, task }
    }

    /// Ends it. Nobody listens on its port as long as the socket lives.
    pub(crate) async fn stop(mut self) -> TcpSocket {
        self.task.abort();
        // Aborted: that is all there is to know.
        let _ = (&mut self.task).await;
        let silence = TcpSocket::new_v4().unwrap();
        silence.set_reuseaddr(true).unwrap();
        silence.bind(self.address).unwrap();
        silence
    }

    /// Where its two pages are.
    pub(crate) fn endpoints(&self) -> Endpoints {
        Endpoints { metrics: self.url("/metrics"), telemetry: self.url("/telemetry") }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn answer(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// A page that does not change.
    pub(crate) fn page(&self, path: &str, text: impl Into<String>) {
        let text = text.into();
        self.answer(path, Answer::Page(Arc::new(move || text.clone())));
    }

    /// Tells how many requests there were.
    pub(crate) fn requests_counted(&self) -> impl Fn() -> usize + Send + Sync + use<> {
        let requests = self.requests.clone();
        move || requests.lock().unwrap().len()
    }

    /// The heads of all requests.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, answers: Answers, requests: Arc<Mutex<Vec<String>>>) {
    // Connections end with the server: the set aborts what it holds when it is dropped.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        connections.spawn(handle(stream, answers.clone(), requests.clone()));
    }
}

async fn handle(mut stream: TcpStream, answers: Answers, requests: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    requests.lock().unwrap().push(head);
    let answer = answers.lock().unwrap().get(&path).cloned();
    // A client that has seen enough hangs up; that is no failure here.
    let _ = send(&mut stream, answer).await;
}

async fn send(stream: &mut TcpStream, answer: Option<Answer>) -> std::io::Result<()> {
    match answer {
        None => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await,
        Some(Answer::Page(page)) => write_page(stream, &page()).await,
        Some(Answer::Raw(bytes)) => stream.write_all(&bytes).await,
        Some(Answer::Stalls(bytes)) => {
            stream.write_all(&bytes).await?;
            std::future::pending().await
        }
        Some(Answer::Endless) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await?;
            let piece = "process_filler{n=\"1\"} 1\n".repeat(1_000);
            loop {
                stream.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).await?;
            }
        }
        Some(Answer::Gathers(gathering, page)) => {
            gathering.join().await;
            write_page(stream, &page).await
        }
        Some(Answer::Once(is_so, page)) => {
            while !is_so() {
                tokio::time::sleep(LOOK).await;
            }
            write_page(stream, &page).await
        }
    }
}

async fn write_page(stream: &mut TcpStream, page: &str) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        page.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(page.as_bytes()).await
}
