//! Connections that nobody uses are closed: the gRPC library has a limit for their age and none for their idleness.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};
use tonic::transport::server::Connected;

/// What goes on on a connection. Every request on it finds it among its extensions.
#[derive(Clone, Debug)]
pub(super) struct Activity(Arc<Mutex<Calls>>);

#[derive(Debug)]
struct Calls {
    open: usize,
    idle_since: Instant,
}

/// Keeps a connection busy as long as it lives.
#[derive(Debug)]
pub(super) struct Busy(Activity);

impl Activity {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Calls { open: 0, idle_since: Instant::now() })))
    }

    /// A call has begun.
    pub(super) fn begin(&self) -> Busy {
        self.calls().open += 1;
        Busy(self.clone())
    }

    /// Since when there has been no call; `None` while there is one.
    fn idle_since(&self) -> Option<Instant> {
        let calls = self.calls();
        (calls.open == 0).then_some(calls.idle_since)
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut calls = self.0.calls();
        calls.open = calls.open.saturating_sub(1);
        calls.idle_since = Instant::now();
    }
}

/// A connection that reads its own end once it was idle for too long.
pub(super) struct Connection<T> {
    io: T,
    activity: Activity,
    limit: Limit,
}

/// How long a connection may be idle, and when to look whether it was.
struct Limit {
    length: Duration,
    alarm: Pin<Box<Sleep>>,
}

impl<T> Connection<T> {
    pub(super) fn new(io: T, limit: Duration) -> Self {
        let limit = Limit { length: limit, alarm: Box::pin(tokio::time::sleep(limit)) };
        Self { io, activity: Activity::new(), limit }
    }

    fn poll_idle(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Limit { length, alarm } = &mut self.limit;
        loop {
            ready!(alarm.as_mut().poll(context));
            let now = Instant::now();
            let ends_at = self.activity.idle_since().unwrap_or(now) + *length;
            if ends_at <= now {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(ends_at);
        }
    }
}

impl<T> Connected for Connection<T> {
    type ConnectInfo = Activity;

    fn connect_info(&self) -> Activity {
        self.activity.clone()
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Connection<T> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.io).poll_read(context, buffer) {
            // Nothing read is the end.
            Poll::Pending => this.poll_idle(context).map(Ok),
            Poll::Ready(read) => Poll::Ready(read),
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Connection<T> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn a_connection_ends_when_it_was_idle_for_the_limit() {
        let (io, mut peer) = tokio::io::duplex(64);
        let mut connection = Connection::new(io, LIMIT);
        let begin = Instant::now();
        peer.write_all(b"x").await.expect("written");
        assert_eq!(connection.read_u8().await.expect("read"), b'x');
        assert_eq!(connection.read(&mut [0; 8]).await.expect("the end"), 0);
        assert_eq!(begin.elapsed(), LIMIT, "bytes alone, such as answers to pings, are no use of it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_keeps_it_open_and_the_limit_counts_from_its_end() {
        let (io, _peer) = tokio::io::duplex(64);
        let mut connection = Connection::new(io, LIMIT);
        let begin = Instant::now();
        let busy = connection.connect_info().begin();
        tokio::spawn(async move {
            tokio::time::sleep(LIMIT * 5).await;
            drop(busy);
        });
        assert_eq!(connection.read(&mut [0; 8]).await.expect("the end"), 0);
        assert_eq!(begin.elapsed(), LIMIT * 6);
    }
}
