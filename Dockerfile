# One static binary in an empty image: no shell, no packages, nothing to patch but Go.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-mod=readonly
COPY go.mod go.sum ./
RUN go mod download && go mod verify
COPY . .
RUN go build -trimpath -buildvcs=false -ldflags="-s -w -buildid=" -o /out/terang ./cmd/terang
# What the user may write. A volume that is mounted here empty takes the owner over.
RUN mkdir -p /out/own/keys /out/own/seen /out/own/data && install -d -m 1777 /out/own/tmp

FROM scratch
# For a PostgreSQL elsewhere whose certificate has to be checked.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build --chown=65532:65532 /out/own/ /
COPY --from=build /out/terang /terang
USER 65532:65532
WORKDIR /data
EXPOSE 8080
# Candidates are moved to another node on SIGTERM, which takes up to five seconds.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/terang"]
CMD ["--help"]
