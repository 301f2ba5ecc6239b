//! A way to the service that can be cut, and can lead elsewhere afterwards.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// Hands connections on.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    route: Arc<Mutex<Route>>,
}

struct Route {
    target: SocketAddr,
    connections: Vec<AbortHandle>,
}

impl Proxy {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let route = Arc::new(Mutex::new(Route { target, connections: Vec::new() }));
        tokio::spawn(accept(listener, Arc::clone(&route)));
        Self { address, route }
    }

    /// Drops every connection, in the middle of whatever it carries.
    pub(crate) fn cut(&self) {
        for connection in self.route.lock().expect("no panic inside").connections.drain(..) {
            connection.abort();
        }
    }

    /// New connections lead there.
    pub(crate) fn lead_to(&self, target: SocketAddr) {
        self.route.lock().expect("no panic inside").target = target;
    }
}

async fn accept(listener: TcpListener, route: Arc<Mutex<Route>>) {
    while let Ok((mut near, _)) = listener.accept().await {
        let mut route = route.lock().expect("no panic inside");
        let target = route.target;
        let connection = tokio::spawn(async move {
            if let Ok(mut far) = TcpStream::connect(target).await {
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            }
        });
        route.connections.push(connection.abort_handle());
    }
}
